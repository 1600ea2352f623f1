package pages

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// guideOrder is the order that the guide leads through: that of the demo whose story nobody has told.
const guideOrder = "51230077"

// failedDelivery is the event that asks a shopper what to do.
const failedDelivery = "shipment/failed_delivery"

// guide is whether the guide was put away. It is kept by the process alone: what was put away by hand is back with the next run.
type guide struct {
	mu   sync.Mutex
	away bool
}

// put puts the guide away, or brings it back.
func (g *guide) put(away bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	g.away = away
}

// isAway reports whether the guide was put away.
func (g *guide) isAway() bool {
	g.mu.Lock()
	defer g.mu.Unlock()

	return g.away
}

// guideView is the guide as a page shows it.
type guideView struct {
	Away bool
	// Here says that the page is that of the guide's order; At is that page.
	Here bool
	At   string
	// Do is what the steps' forms are sent to, Back the page that the guide is on.
	Do, Back string
	Steps    []guideStep
	// Done counts the steps that were taken.
	Done int
}

// guideStep is one of its steps.
type guideStep struct {
	Title, Text string
	Done        bool
	// Now says that it is the next to be taken.
	Now bool
	// Buttons do it.
	Buttons []guideButton
}

// guideButton is a field of a form, with what its button says.
type guideButton struct{ Name, Value, Label string }

// guideOf returns the guide as the page of an order shows it; nil if the run has not the guide's order.
func (p *Pages) guideOf(ctx context.Context, on scenario.Order) (*guideView, error) {
	o, err := p.Actor.Order(ctx, guideOrder)
	if err != nil {
		return nil, nil //nolint:nilerr // a run without the demo has no guide
	}

	v := &guideView{
		Away: p.guide.isAway(),
		Here: on.ID == guideOrder,
		At:   stagePath(guideOrder),
		Do:   stagePath(guideOrder) + "/do",
		Back: stagePath(on.ID),
	}
	if v.Away {
		return v, nil
	}

	now, err := p.guideState(ctx, o)
	if err != nil {
		return nil, err
	}

	v.Steps = now.steps(o, p.Actor.Forward != nil)

	for i := range v.Steps {
		if v.Steps[i].Done {
			v.Done++
		}
	}

	if next := slices.IndexFunc(v.Steps, func(s guideStep) bool { return !s.Done }); next >= 0 {
		v.Steps[next].Now = true
	}

	return v, nil
}

// guideState is what the guide's steps are ticked by: what is stored of its order, what the provider was asked, and what its phone shows.
type guideState struct {
	ticked bool
	// asked counts the failed deliveries that the provider was given, met those of which an answer was lost, and settled says that all of them came to an end.
	asked, met int
	settled    bool
	// answered says that the platform took what the shopper chose, and confirm is the button that completes it; empty if the shopper is not asked.
	answered bool
	confirm  string
	broken   bool
	refused  bool
}

// guideState reads it.
func (p *Pages) guideState(ctx context.Context, o scenario.Order) (guideState, error) {
	end, err := p.Actor.OrderEnd(ctx, o.ID)
	if err != nil {
		return guideState{}, err
	}

	messages, err := p.Store.MessagesOfOrder(ctx, o.AccountID, o.ID)
	if err != nil {
		return guideState{}, err
	}

	s := guideState{ticked: end.Consent == "1", settled: true, broken: len(p.broken()) > 0}

	for _, m := range messages {
		switch {
		case m.Event == failedDelivery && len(m.Attempts) > 0:
			s.asked++
			s.settled = s.settled && arrived(m.Status())

			if unanswered(m) {
				s.met++
			}
		case m.Reason == message.OptedOut:
			s.refused = true
		}
	}

	for _, a := range end.Actions {
		s.answered = s.answered || a.State == "accepted"
	}

	s.read(p.Simulator.Phones().Thread(o.Phone))

	return s, nil
}

// sendIt is the button that says that nothing is to be added to a choice.
const sendIt = "No, send it"

// read finds out whether the shopper is asked for what is missing.
func (s *guideState) read(thread []handset.Line) {
	for _, l := range slices.Backward(thread) {
		if l.Message != nil {
			if slices.Contains(l.Message.Buttons, sendIt) {
				s.confirm = sendIt
			}

			return
		}
	}
}

// arrived reports whether a message of the status is known to have come as far as the phone.
func arrived(s message.Status) bool { return s == message.StatusDelivered || s == message.StatusRead }

// unanswered reports whether no answer of the provider's to the first attempt came back: what is known of it was reported later.
func unanswered(m message.Message) bool {
	_, accepted := m.AttemptAt(1).At[string(message.StatusAccepted)]
	return !accepted && m.AttemptAt(1).Class == ""
}

// steps are the guide's, as far as they were taken. moves says that the clock can be moved.
func (s guideState) steps(o scenario.Order, moves bool) []guideStep {
	name, _, _ := strings.Cut(o.Shopper, " ")

	return []guideStep{
		{
			Title:   name + " ticks the portal’s box",
			Text:    "Nobody is written to who has not asked for it. The box posts what the customer portal posts.",
			Done:    s.ticked || s.asked > 0,
			Buttons: []guideButton{{"box", "tick", "Tick the box"}},
		},
		{
			Title:   "The delivery fails",
			Text:    "The order platform tells it, and within a second the phone asks " + name + " what to do.",
			Done:    s.asked > 0,
			Buttons: []guideButton{{"beat", "failed", "Let the delivery fail"}},
		},
		s.choice(name),
		s.breakage(o, moves),
		{
			Title:   name + " writes STOP",
			Text:    "The portal’s box is empty at once: it is one consent, wherever it is taken back.",
			Done:    s.refused || !s.ticked && s.asked > 0,
			Buttons: []guideButton{{"say", "STOP", "Write STOP on the phone"}},
		},
		{
			Title:   "The next event is refused",
			Text:    "The platform tells another event. Nothing is sent, and the story says why in words.",
			Done:    s.refused,
			Buttons: []guideButton{{"beat", "out", "Tell: out for delivery"}},
		},
	}
}

// choice is the step in which the shopper chooses.
func (s guideState) choice(name string) guideStep {
	g := guideStep{
		Title:   name + " taps “Try again”",
		Text:    "The choice is passed to the order platform once, however often it is tapped.",
		Done:    s.answered,
		Buttons: []guideButton{{"button", "Try again", "Tap “Try again”"}},
	}
	if s.confirm != "" {
		g.Text = "The shopper is asked for what the courier should know. Nothing has to be added."
		g.Buttons = []guideButton{{"button", s.confirm, "Tap “" + s.confirm + "”"}}
	}

	return g
}

// breakage is the step in which an answer is lost.
func (s guideState) breakage(o scenario.Order, moves bool) guideStep {
	provider := page.ProviderLabel(o.Provider)

	g := guideStep{
		Title:   "An answer is lost, and the delivery fails again",
		Text:    provider + " takes the next message and answers 502: nobody can know from that whether it was sent.",
		Done:    s.asked > 1 && s.met > 0 && s.settled,
		Buttons: []guideButton{{"fault", o.Provider + "-502-after", "Let " + provider + "’s next answer be lost"}},
	}

	switch {
	case s.met > 0:
		g.Text = "The message is in doubt until what " + provider + " reports is looked through, in about half a minute. It is not sent a second time: look at the phone."

		g.Buttons = nil
		if moves {
			g.Buttons = []guideButton{{"forward", "1m", "Let a minute pass"}}
		}
	case s.broken:
		g.Text = provider + " is set to do so once. Now let the delivery fail again: the phone shows one message more, not two."
		g.Buttons = []guideButton{{"beat", "failed-second", "Let the delivery fail again"}}
	}

	return g
}

// putGuide puts the guide away, or brings it back.
func (p *Pages) putGuide(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	p.guide.put(c.sent.Get("guide") == "away")
	p.diary.nudge()

	return c.redirect(c.back())
}
