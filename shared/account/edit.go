package account

import (
	"maps"
	"reflect"
	"slices"
)

// Edit returns the account after a change of its settings, as it is to be stored. The account itself stays as it is, and an error of
// change is returned with nothing else.
//
// change gets a copy: it may set fields, and add, replace and delete apps and choices, which it must not write into more deeply. What
// follows from it is done here:
//
//   - The sender is settled. An explicit choice is Sender with SenderChosen, and sticks. Without one the app that was installed first is
//     the sender, and when the sender is uninstalled, the next one by the time of install; none without an app.
//   - The choices of apps that are gone go with them, consents included.
//   - Events are what the choices at the sender come to. An event that lacks something there is off; [Account.Missing] then lists it.
//     What was enabled at the app that was the sender before is so at the new one, as far as the brand has not set it there.
//   - When the sender is uninstalled, what was off there is off at the next one, too, until somebody saves it: nobody has chosen that one.
//   - Consents to charges end when the mark-up rises: people agreed to a lower price, and are asked again.
//   - The health of a template stays that of its events while the sender stays.
//
// An account of the old form, with events and no choices, keeps its events as they are until a change concerns apps, sender or choices.
// From then on it has choices.
func (a Account) Edit(offers map[string]Offer, change func(*Account) error) (Account, error) {
	before := a
	before.Choices = a.adopted()

	after := before.clone()
	if err := change(&after); err != nil {
		return Account{}, err
	}

	after.Sender, after.SenderChosen = settle(after.Apps, after.Sender, after.SenderChosen)

	if len(a.Choices) == 0 && after.selects(before) {
		after.Choices = a.Choices
		return after, nil
	}

	return after.project(before, offers), nil
}

// clone returns a copy of the account whose apps and choices can be set without changing a.
func (a Account) clone() Account {
	apps := make(map[string]App, len(a.Apps))
	for id, app := range a.Apps {
		app.ProviderIDs = maps.Clone(app.ProviderIDs)
		apps[id] = app
	}

	choices := make(map[string]map[string]Choice, len(a.Choices))
	for id, c := range a.Choices {
		choices[id] = maps.Clone(c)
	}

	a.Apps, a.Choices, a.Events = apps, choices, maps.Clone(a.Events)

	return a
}

// selects reports whether a has the apps, the sender and the choices of before.
func (a Account) selects(before Account) bool {
	return a.Sender == before.Sender &&
		slices.Equal(a.AppIDs(), before.AppIDs()) &&
		(len(a.Choices) == 0 && len(before.Choices) == 0 || reflect.DeepEqual(a.Choices, before.Choices))
}

// project returns the account with the choices of its apps, and the events that follow from those at its sender.
func (a Account) project(before Account, offers map[string]Offer) Account {
	sender, sends := a.App(a.Sender)

	choices := map[string]map[string]Choice{}
	for _, id := range a.AppIDs() {
		at := maps.Clone(a.Choices[id])
		if at == nil {
			at = map[string]Choice{}
		}
		if _, sent := before.App(before.Sender); sent && id == a.Sender && id != before.Sender {
			carry(at, before.Choices[before.Sender])

			if _, stays := a.App(before.Sender); !stays {
				keepOff(at, before.Choices[before.Sender])
			}
		}
		if a.MarkupBasisPoints > before.MarkupBasisPoints {
			withdraw(at)
		}
		if len(at) > 0 || a.Choices[id] != nil { // empty: the brand has switched everything off there
			choices[id] = at
		}
	}

	a.Choices, a.Events = choices, map[string]Event{}
	if !sends {
		return a
	}

	health := before.healthAt(a.Sender)
	for kind, c := range choices[a.Sender] {
		e := c.event(sender, offers[a.Sender], kind)
		e.Health = health.of(kind, e)
		a.Events[kind] = e
	}

	return a
}

// healths are what is known of the templates that an account sends through an app: of each event, and of one event or another with a
// template.
type healths struct {
	events    map[string]Event
	templates map[string]Health
}

// of returns the health of the template of an event as it is set now. What held it because the template no longer fitted what filled it has
// ended with another filling: that was held against the template before it was saved.
func (h healths) of(kind string, e Event) Health {
	before, had := h.events[kind]
	if !had || before.TemplateID != e.TemplateID {
		found := h.templates[e.TemplateID]
		if found.Reason == CategoryHeld && IsMarketing(kind) {
			return Health{}
		}

		return found
	}

	if before.Health.Reason == TemplateHeld && !reflect.DeepEqual(before.Filling, e.Filling) {
		return Health{}
	}

	return before.Health
}

// healthAt returns the health of the templates that the account sends through an app; none of another app's.
func (a Account) healthAt(sender string) healths {
	h := healths{templates: map[string]Health{}}
	if a.Sender != sender {
		return h
	}

	h.events = a.Events
	for _, kind := range slices.Sorted(maps.Keys(a.Events)) {
		e := a.Events[kind]
		if known, told := h.templates[e.TemplateID]; e.TemplateID != "" && (!told || !known.Healthy()) {
			h.templates[e.TemplateID] = e.Health // of two, one that is well proves that it can be sent
		}
	}

	return h
}
