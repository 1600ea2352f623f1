package account

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// Standing is how an app does, for the people of its brand.
type Standing struct {
	State State
	// Text says it in plain sentences: what is wrong, since when, and what a person can do about it.
	Text string
	// Since is when it began; zero of a state that nobody knows the beginning of.
	Since time.Time
}

// State is a word for how an app does. Where several are true, it is the one that comes first here.
type State string

// The states of an app.
const (
	// NotAnswering is an app whose provider gives no answer; its messages wait.
	NotAnswering State = "not_answering"
	// Held is an app that its provider does not let send; its messages wait.
	Held State = "held"
	// Silent is an app that takes messages, and of which no report has come since.
	Silent State = "silent"
	// AgentAnswering is an app on whose number an assistant of the provider's answers shoppers.
	AgentAnswering State = "agent_answering"
	// Fine is an app with which nothing is wrong.
	Fine State = "healthy"
)

// Signs are what is known of an app beside its settings.
type Signs struct {
	// Reports says that its provider reports what becomes of messages.
	Reports bool
	// Taken is when the newest message was sent that the provider took, Witness the newest time of a report of one.
	Taken, Witness time.Time
	// Agent is when an assistant of the provider's was last seen to answer on the number.
	Agent time.Time
}

const (
	// quiet is how long no report may come of messages that were taken before that is worth a word.
	quiet = 15 * time.Minute
	// agentSeen is how long an assistant counts as answering that was seen to. Nothing tells when it is switched off.
	agentSeen = 7 * 24 * time.Hour
)

// silent reports whether messages were taken and no report has come since.
func (s Signs) silent(now time.Time) bool {
	return s.Reports && !s.Taken.IsZero() && s.Taken.Sub(s.Witness) > quiet && now.Sub(s.Taken) > quiet
}

// agent reports whether an assistant of the provider's answers shoppers.
func (s Signs) agent(now time.Time) bool { return !s.Agent.IsZero() && now.Sub(s.Agent) < agentSeen }

// Sign returns what the signs of an app say of it while it is healthy: [Silent], [AgentAnswering], or nothing.
func (s Signs) Sign(now time.Time) State {
	switch {
	case s.silent(now):
		return Silent
	case s.agent(now):
		return AgentAnswering
	default:
		return ""
	}
}

// Known returns the state that people know the app is in: what its health says, and what they were told of its signs.
func (a App) Known() State {
	switch {
	case a.Health.NotAnswering():
		return NotAnswering
	case !a.Health.Healthy():
		return Held
	default:
		return cmp.Or(a.Checked.Told, Fine)
	}
}

// CheckedSince reports whether the provider was asked about the app, or it was installed or got its credential, at that time or later.
func (a App) CheckedSince(at time.Time) bool {
	return !a.Checked.At.Before(at) || !a.InstalledAt.Before(at) || !a.CredentialAt.Before(at)
}

// Standing returns how the app does.
func (a App) Standing(s Signs, now time.Time) Standing {
	out := Standing{State: Fine}

	switch h := a.Health; {
	case h.NotAnswering():
		out = Standing{State: NotAnswering, Since: h.Since}
	case !h.Healthy():
		out = Standing{State: Held, Since: h.Since}
	case s.silent(now):
		out = Standing{State: Silent, Since: s.Witness}
	case s.agent(now):
		out = Standing{State: AgentAnswering, Since: s.Agent}
	}

	words := []string{a.word(out.State, now)}

	if s.silent(now) {
		words = append(words, silence(s.Witness, now))
	}
	if s.agent(now) {
		words = append(words, "An assistant of the provider's, such as Meta Business Agent, answers shoppers on this number; we answer nothing there meanwhile.")
	}
	if !a.Checked.At.IsZero() {
		words = append(words, "Checked "+ago(now.Sub(a.Checked.At))+".")
	}

	out.Text = strings.Join(strings.Fields(strings.Join(words, " ")), " ")

	return out
}

// word returns the sentence of a state.
func (a App) word(s State, now time.Time) string {
	switch s {
	case NotAnswering:
		return "The provider stopped answering " + ago(now.Sub(a.Health.Since)) +
			". Messages wait, and go out by themselves once it answers again."
	case Held:
		return strings.TrimSpace(reason(a.Health)+" "+a.Health.Detail) +
			" That was found " + ago(now.Sub(a.Health.Since)) + ". Messages wait, and go out once it is mended."
	case Fine:
		return "Messages can be sent."
	default:
		return ""
	}
}

// reason says why an app is held, and what to do unless the provider's own detail says that.
func reason(h Health) string {
	if h.Reason == message.CauseCredentials && h.Detail != "" {
		return "The provider refuses the app."
	}

	return reasons[h.Reason]
}

// reasons say why an app is held, and what to do.
var reasons = map[message.Cause]string{
	message.CauseCredentials: "The provider refuses the credential. Set the present one.",
	message.CauseBalance:     "The account at the provider cannot pay. Add money there.",
	message.CauseBlocked:     "The provider does not let the account or its number send. Look there for the reason.",
}

// silence says that no report comes.
func silence(witness, now time.Time) string {
	if witness.IsZero() {
		return "Messages are taken, but no report of one has ever come. Check the webhook at the provider, and whether its account can pay: " + unpaid
	}

	return fmt.Sprintf("Messages are taken, but the last report of one came %s. Check the webhook at the provider, and whether its account can pay: "+unpaid, ago(now.Sub(witness)))
}

// unpaid is what a lack of money looks like since WhatsApp charges for service messages too (apps.make.com, October 2026).
const unpaid = "without a payment method WhatsApp takes messages and does not deliver them."

const day = 24 * time.Hour

// ago says how long ago something was, such as "3 minutes ago".
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return units(int(d/time.Minute), "minute")
	case d < 2*day:
		return units(int(d/time.Hour), "hour")
	default:
		return units(int(d/day), "day")
	}
}

func units(n int, unit string) string {
	if n == 1 {
		return "1 " + unit + " ago"
	}

	return fmt.Sprintf("%d %ss ago", n, unit)
}
