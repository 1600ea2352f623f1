package account

import (
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// HeldBy is why a template is held, and a sentence for the brand where more is known than the reason.
type HeldBy struct {
	Reason message.Cause
	Detail string
}

// Judged is what a check found out about a template and what fills it. HeldBy is there if the answer is [Refused].
type Judged struct {
	Answer Answer
	HeldBy
}

// eventsUsing lists, sorted, the kinds of event that the account sends with the template. An empty id is that of an event
// without a chosen template, and gives none.
func (c Condition) eventsUsing(templateID string) []string {
	if templateID == "" {
		return nil
	}

	var kinds []string
	for kind, e := range c.Events {
		if e.TemplateID == templateID {
			kinds = append(kinds, kind)
		}
	}

	slices.Sort(kinds)

	return kinds
}

// HoldTemplate notes that the template cannot be sent since that time. One whose reason is the category holds no event that is marketing
// itself, and no event that is held for a graver one.
func (c Condition) HoldTemplate(id string, why HeldBy, at time.Time) bool {
	return c.changeTemplate(id, func(kind string, h Health) (Health, bool) {
		if why.Reason == CategoryHeld && (IsMarketing(kind) || h.Reason == TemplateHeld) || h.newerThan(at) {
			return h, false
		}

		held := h.hold(why.Reason, at, at.Add(firstCheck))
		held.Detail = why.Detail

		return held, !held.equal(h)
	})
}

// ReleaseTemplate notes that the provider approves of the template since that time. What it was approved with is not told: it may be another
// text, or another category, so the provider is asked about it now, and an event that is held for the category stays so until then.
func (c Condition) ReleaseTemplate(id string, at, now time.Time) bool {
	return c.changeTemplate(id, func(_ string, h Health) (Health, bool) {
		switch {
		case h.newerThan(at), h.Healthy() && h.Since.Equal(at):
			return h, false
		case h.Reason == CategoryHeld:
			return h.requestCheck(at, now)
		default:
			return Health{Since: at, RetryAt: now}, true
		}
	})
}

// ReclassTemplate notes that WhatsApp has put the template into a category, on the word of the newest news of that, which are of that time.
// Marketing holds every event that is news of an order; any other category releases those that it held, unless a later check has found
// otherwise: then the provider is asked again.
func (c Condition) ReclassTemplate(id string, marketing bool, detail string, at, now time.Time) bool {
	return c.changeTemplate(id, func(kind string, h Health) (Health, bool) {
		switch {
		case marketing && (IsMarketing(kind) || h.Reason == TemplateHeld):
			return h, false
		case marketing && h.Reason == CategoryHeld && !at.After(h.Since):
			return h, false
		case marketing:
			since := at
			if h.Since.After(since) {
				since = h.Since
			}

			return Health{Reason: CategoryHeld, Detail: detail, Since: since, RetryAt: now.Add(firstCheck)}, true
		case h.Reason != CategoryHeld:
			return h, false
		case h.newerThan(at):
			return h.checkNow(now)
		default:
			return Health{Since: at}, true
		}
	})
}

// RequestTemplateCheck notes that the provider is to be asked about the template, on the word of news of that time that nobody can
// prove, or that do not say enough.
func (c Condition) RequestTemplateCheck(id string, at, now time.Time) bool {
	return c.changeTemplate(id, func(_ string, h Health) (Health, bool) { return h.requestCheck(at, now) })
}

// JudgeTemplate notes what a check found out now about the template of one event, as long as nothing else was noted since it began, when its
// health was that given: what happened meanwhile is newer.
func (c Condition) JudgeTemplate(kind, templateID string, was Health, j Judged, now time.Time) bool {
	e, has := c.Events[kind]
	if !has || e.TemplateID != templateID || !e.Health.equal(was) {
		return false
	}

	var changed bool
	if e.Health, changed = e.Health.judge(j, now); changed {
		c.Events[kind] = e
	}

	return changed
}

// changeTemplate changes the health of a template with every event that uses it.
func (c Condition) changeTemplate(id string, change func(kind string, h Health) (Health, bool)) bool {
	found := false
	for _, kind := range c.eventsUsing(id) {
		e := c.Events[kind]
		var changed bool
		if e.Health, changed = change(kind, e.Health); changed {
			c.Events[kind] = e
			found = true
		}
	}

	return found
}

// IsMarketing reports whether an event is an offer, and not news of an order.
func IsMarketing(kind string) bool { return entryOf(kind).Marketing }

// entryOf returns what the catalogue has of an event's kind; the zero value if it has none.
func entryOf(kind string) order.CatalogEntry {
	known, _ := order.ParseKind(kind)
	entry, _ := order.Lookup(known)

	return entry
}

// checkNow returns the health with the provider being asked now, and whether that changes it.
func (h Health) checkNow(now time.Time) (Health, bool) {
	if !h.RetryAt.IsZero() && !h.RetryAt.After(now) {
		return h, false
	}

	h.RetryAt = now

	return h, true
}

// judge returns the health after a check, and whether that changes it. What is held for another reason than before keeps its back-off.
func (h Health) judge(j Judged, now time.Time) (Health, bool) {
	switch {
	case j.Answer == Refused && h.Healthy():
		return Health{Reason: j.Reason, Detail: j.Detail, Since: now, RetryAt: now.Add(firstCheck)}, true
	case j.Answer == Refused && h.Reason == j.Reason && strings.HasPrefix(h.Detail, j.Detail):
		return h.FailCheck("", now), true // the news said more
	case j.Answer == Refused && h.Reason == j.Reason:
		return h.FailCheck(j.Detail, now), true
	case j.Answer == Refused:
		h.Reason, h.Detail, h.Since = j.Reason, j.Detail, now
		return h.FailCheck("", now), true
	case j.Answer == Works && !h.Healthy():
		return Health{Since: now}, true
	case j.Answer == NoAnswer && !h.Healthy():
		return h.FailCheck("", now), true
	default:
		return h.confirm(j.Answer, j.Reason, j.Detail, now)
	}
}
