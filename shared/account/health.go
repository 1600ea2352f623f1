package account

import (
	"math"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Health is whether an app can send, or a template be used. The zero value is healthy.
type Health struct {
	// Reason is empty while healthy, else what the provider said: a cause of [message.ClassAccount], [TemplateHeld] or [CategoryHeld].
	Reason message.Cause `firestore:"reason,omitempty"`
	// Detail is a sentence for the brand where the provider was more exact than the reason.
	Detail string `firestore:"detail,omitempty"`
	// Since is when the provider said so, or the last check passed. News from before it changes nothing.
	Since time.Time `firestore:"since,omitzero"`
	// RetryAt is when the provider is asked again. Of what is healthy it is when the provider is asked about news that nobody can
	// prove; zero if there are none.
	RetryAt time.Time `firestore:"retryAt,omitzero"`
	// Checks counts the failed checks, for the back-off.
	Checks int `firestore:"checks,omitempty"`
}

// The reasons of a template that is held.
const (
	// TemplateHeld is that of one that is paused, disabled, not approved or unknown to the provider, or whose text no longer fits what the
	// event is filled with.
	TemplateHeld message.Cause = "template"
	// CategoryHeld is that of one that WhatsApp has in the category marketing, for an event that is news of an order. Whether such an
	// event is held or goes on is the account's setting: see [Account.TemplateHealth].
	CategoryHeld message.Cause = "category"
)

// Answer is what a provider said when it was asked whether an app works or a template can be sent.
type Answer int

// The answers to a check.
const (
	// NoAnswer means that it said nothing of it, since it is out of reach or asked too often.
	NoAnswer Answer = iota
	// Works means that it has nothing against it.
	Works
	// Refused means that it knows of no such app or template, or does not let it send.
	Refused
)

const (
	// firstCheck is how long something unhealthy is left alone before the provider is asked about it.
	firstCheck = time.Minute
	// relapse is how soon after its recovery an app must fail for the check to have been wrong. An empty wallet, for
	// example, does not show in the credentials.
	relapse = time.Hour
	// checkBackoff is the step of [message.Backoff] that the first failed check starts at.
	checkBackoff = 4
	// firstProbe is the shortest pause between two messages that find out whether a provider answers again. It doubles up to
	// LongestProbe.
	firstProbe      = 15 * time.Second
	maxProbeDoubles = 8
)

// LongestProbe is the longest pause between two messages that find out whether a provider answers again.
const LongestProbe = 2 * time.Minute

// Healthy reports whether there is nothing wrong.
func (h Health) Healthy() bool { return h.Reason == "" }

// NotAnswering reports whether the app is unhealthy because its provider does not answer.
func (h Health) NotAnswering() bool { return h.Reason == message.CauseNotAnswering }

// unprobed reports whether a probe has been due for long. No message waited for one, or other trouble of the accounts behind the
// platform's app took the place of this one.
func (h Health) unprobed(now time.Time) bool {
	return h.NotAnswering() && now.Sub(h.RetryAt) > LongestProbe
}

// equal reports whether h is the same as other.
func (h Health) equal(other Health) bool {
	return h.Reason == other.Reason && h.Detail == other.Detail && h.Checks == other.Checks &&
		h.Since.Equal(other.Since) && h.RetryAt.Equal(other.RetryAt)
}

// CheckDue reports whether the provider is to be asked now: about what is unhealthy, or about news that nobody can prove. An app
// that does not answer is never asked, since a message finds out whether it answers again.
func (h Health) CheckDue(now time.Time) bool {
	return h.WantsCheck() && !h.NotAnswering() && !now.Before(h.RetryAt)
}

// WantsCheck reports whether the provider is to be asked now or later.
func (h Health) WantsCheck() bool { return !h.Healthy() || !h.RetryAt.IsZero() }

// newerThan reports whether h was recorded after at, so that news of at comes too late to change it.
func (h Health) newerThan(at time.Time) bool { return h.Since.After(at) }

// fail returns the health after a send failed at that time for the reason. A failure soon after a recovery counts as one
// more failed check, so that the next check waits longer each time, and at least for wait from now. Another reason does not shorten
// what the one before asks for.
func (h Health) fail(reason message.Cause, at, now time.Time, wait time.Duration) Health {
	checks := 0
	if !h.Since.IsZero() && at.Sub(h.Since) < relapse {
		checks = h.Checks + 1
	}

	next := now.Add(max(firstCheck, message.Backoff(checks+2), wait))
	if !h.Healthy() && h.RetryAt.After(next) {
		next = h.RetryAt
	}

	return Health{
		Reason:  reason,
		Since:   at,
		Checks:  checks,
		RetryAt: next,
	}
}

// hold returns the health after the provider reported the reason at that time. What was unhealthy before keeps its next
// check and its back-off.
func (h Health) hold(reason message.Cause, at, retryAt time.Time) Health {
	if h.Healthy() {
		h.RetryAt, h.Checks = retryAt, 0
	}

	h.Reason, h.Since = reason, at

	return h
}

// postpone returns the health of what the provider wants left alone for wait from now, and whether that changes it. Failures
// of many messages tell of one wait, so a next check that is due within its second half stays.
func (h Health) postpone(now time.Time, wait time.Duration) (Health, bool) {
	if wait <= 0 || !h.RetryAt.Before(now.Add(wait/2)) {
		return h, false
	}

	h.RetryAt = now.Add(wait)

	return h, true
}

// outdated returns the health after news from before it that ask for a wait from now, and whether they change it. Trouble that came
// later does not take back the wait, as a recovery does.
func (h Health) outdated(now time.Time, wait time.Duration) (Health, bool) {
	if h.Healthy() || h.NotAnswering() {
		return h, false
	}

	return h.postpone(now, wait)
}

// requestCheck returns the health after news of that time that nobody can prove, and whether they change it: the provider is to be
// asked now. What is unhealthy is asked earlier than it would be, except where the answer would not tell: credentials do not show
// an empty wallet, nor that the provider wants to be left alone for longer than any back-off.
func (h Health) requestCheck(at, now time.Time) (Health, bool) {
	last := message.Backoff(math.MaxInt)

	switch {
	case h.newerThan(at), h.NotAnswering(), h.Reason == message.CauseBalance:
		return h, false
	case h.Healthy() && h.WantsCheck(), !h.Healthy() && (!h.RetryAt.After(now) || h.RetryAt.Sub(now) > last):
		return h, false
	}

	h.RetryAt = now

	return h, true
}

// confirm returns the health after the provider was asked now about news that nobody can prove, and whether that changes it. Only
// a refusal makes what was healthy unhealthy, for the reason. Without an answer the provider is asked again later.
func (h Health) confirm(a Answer, reason message.Cause, detail string, now time.Time) (Health, bool) {
	if !h.Healthy() || !h.WantsCheck() {
		return h, false
	}

	switch a {
	case Refused:
		return Health{Reason: reason, Detail: detail, Since: now, RetryAt: now.Add(firstCheck)}, true
	case Works:
		h.RetryAt = time.Time{}
	case NoAnswer:
		h.RetryAt = now.Add(firstCheck)
	}

	return h, true
}

// passCheck returns the health after a check that passed now. The count of failed checks stays, for the case that it fails
// again soon.
func (h Health) passCheck(now time.Time) Health { return Health{Since: now, Checks: h.Checks} }

// FailCheck returns the health after a check that failed now, with the next one postponed. An empty detail leaves the
// earlier one.
func (h Health) FailCheck(detail string, now time.Time) Health {
	if detail != "" {
		h.Detail = detail
	}
	h.Checks++
	h.RetryAt = now.Add(message.Backoff(h.Checks + checkBackoff))

	return h
}
