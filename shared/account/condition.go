package account

import (
	"cmp"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Condition holds the apps and events whose health the product maintains, on the word of a provider. All other settings
// are the brand's. Its methods that change something report whether they did.
type Condition struct {
	// Sender is the id of the app whose templates the events have. It is not changed here.
	Sender string
	Apps   map[string]App
	Events map[string]Event
}

// Condition returns the account's apps and events. The maps are the account's own.
func (a Account) Condition() Condition {
	return Condition{Sender: a.Sender, Apps: a.Apps, Events: a.Events}
}

// NeedsAttention reports whether sweep has to look at the account: something is unhealthy, or a provider is to be asked about it.
func (c Condition) NeedsAttention() bool {
	for _, app := range c.Apps {
		if app.Health.WantsCheck() {
			return true
		}
	}

	for _, e := range c.Events {
		if e.Health.WantsCheck() {
			return true
		}
	}

	return false
}

// FailApp notes that a send through the app failed at that time, and that the app must be left alone for wait from now. A
// failure for the reason that is known already changes nothing but the time of the next check, and nor does one that is older than what
// is known to be wrong.
func (c Condition) FailApp(id string, reason message.Cause, detail string, at, now time.Time, wait time.Duration) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if h.newerThan(at) {
			return h.outdated(now, wait)
		}
		if h.Reason == reason {
			return h.postpone(now, wait)
		}
		if h.NotAnswering() {
			h = Health{} // it counts probes, which are no failed checks
		}

		h = h.fail(reason, at, now, wait)
		h.Detail = detail

		return h, true
	})
}

// BlockApp notes that the provider blocked the app at that time, and that the app must be left alone for wait from now. An app
// that is unhealthy already keeps its reason.
func (c Condition) BlockApp(id string, at, now time.Time, wait time.Duration) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if h.newerThan(at) {
			return h.outdated(now, wait)
		}
		if h.NotAnswering() {
			h = Health{} // that it answers again must not end the block
		}
		if !h.Healthy() {
			return h.postpone(now, wait)
		}

		return h.hold(message.CauseBlocked, at, now.Add(max(firstCheck, wait))), true
	})
}

// SuspendApp notes that the provider does not answer for the app since that time. An app that is unhealthy already stays as it
// is, unless nobody has looked for long whether its provider answers.
func (c Condition) SuspendApp(id string, at, now time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if h.newerThan(at) || !h.Healthy() && !h.unprobed(now) {
			return h, false
		}

		return Health{Reason: message.CauseNotAnswering, Since: at, RetryAt: now.Add(firstProbe)}, true
	})
}

// ProbeApp takes the turn to send one message through an app that does not answer. It changes nothing, and gives no turn,
// before the next probe is due.
func (c Condition) ProbeApp(id string, now time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if !h.NotAnswering() || now.Before(h.RetryAt) {
			return h, false
		}

		h.Checks++
		h.RetryAt = now.Add(min(firstProbe<<min(h.Checks, maxProbeDoubles), LongestProbe))

		return h, true
	})
}

// ReturnProbe gives back the turn to send one message through an app that does not answer: that message could not be sent.
func (c Condition) ReturnProbe(id string, now time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if !h.NotAnswering() {
			return h, false
		}

		h.Checks = max(h.Checks-1, 0)
		h.RetryAt = now

		return h, true
	})
}

// ResumeApp notes that the provider answered for the app at that time.
func (c Condition) ResumeApp(id string, at time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if !h.NotAnswering() || h.newerThan(at) {
			return h, false
		}

		return Health{Since: at}, true
	})
}

// FollowApp takes over from the platform's app whether its provider answers; h is the health that is kept for the app itself. An
// app that is unhealthy for another reason keeps that.
func (c Condition) FollowApp(id string, h Health) bool {
	return c.changeApp(id, func(own Health) (Health, bool) {
		if !own.Healthy() && !own.NotAnswering() || own.Healthy() && h.Healthy() || own.equal(h) {
			return own, false
		}

		return h, true
	})
}

// RestoreApp notes that the provider lets the app send again since that time.
func (c Condition) RestoreApp(id string, at time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		if h.newerThan(at) || h.Healthy() || h.NotAnswering() {
			return h, false
		}

		return Health{Since: at}, true
	})
}

// RequestAppCheck notes that the provider is to be asked about the app, on the word of news of that time that nobody can prove.
func (c Condition) RequestAppCheck(id string, at, now time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) { return h.requestCheck(at, now) })
}

// ConfirmApp notes what the provider said of a healthy app that it was to be asked about. It changes no other app.
func (c Condition) ConfirmApp(id string, a Answer, detail string, now time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) { return h.confirm(a, message.CauseBlocked, detail, now) })
}

// CheckApp notes the result of a check of an unhealthy app.
func (c Condition) CheckApp(id string, passed bool, detail string, now time.Time) bool {
	return c.changeApp(id, func(h Health) (Health, bool) {
		switch {
		case h.newerThan(now):
			return h, false
		case passed:
			return h.passCheck(now), true
		default:
			return h.FailCheck(detail, now), true
		}
	})
}

// NoteCheck notes what the provider said when it was asked about the app. What it did not tell stays as it was.
func (c Condition) NoteCheck(id string, said Checked) bool {
	app, installed := c.Apps[id]
	if !installed || said.At.Before(app.Checked.At) {
		return false
	}

	app.Checked = Checked{
		At:        said.At,
		Quality:   cmp.Or(said.Quality, app.Checked.Quality),
		Limit:     cmp.Or(said.Limit, app.Checked.Limit),
		Currency:  cmp.Or(said.Currency, app.Checked.Currency),
		Confirmed: said.Confirmed || app.Checked.Confirmed,
		Told:      app.Checked.Told,
	}
	c.Apps[id] = app

	return true
}

// TellSign notes what people are told of a healthy app by its [Signs], as [App.Sign] has it. An unhealthy one has worse to tell.
func (c Condition) TellSign(id string, sign State) bool {
	app, installed := c.Apps[id]
	if !installed || !app.Health.Healthy() || app.Checked.Told == sign {
		return false
	}

	app.Checked.Told = sign
	c.Apps[id] = app

	return true
}

// changeApp changes the health of an app that is installed.
func (c Condition) changeApp(id string, change func(Health) (Health, bool)) bool {
	app, installed := c.Apps[id]
	if !installed {
		return false
	}

	var changed bool
	if app.Health, changed = change(app.Health); changed {
		if !app.Health.Healthy() {
			app.Checked.Told = "" // people are told of the trouble, and of signs once it is over
		}

		c.Apps[id] = app
	}

	return changed
}
