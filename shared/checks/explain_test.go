package checks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// tried returns a message in a phase whose attempts are as given.
func tried(p message.Phase, attempts ...message.Attempt) message.Message {
	m := message.Message{Phase: p, AppID: "gs-1", Provider: "gupshup", TemplateID: "t-1", Grounds: message.Grounds{At: noon.UnixMilli(), Settings: 7, Consent: "ACTIVE"}}
	for _, a := range attempts {
		m.Attempt++
		m = m.WithAttempt(m.Attempt, a)
	}

	return m
}

func failed(c message.Class, code string) message.Attempt {
	return message.Attempt{Rank: message.RankFailed, Failure: message.Failure{Class: c, Code: code}}
}

// with returns a message that was decided on with other grounds.
func with(m message.Message, change func(*message.Grounds)) message.Message {
	change(&m.Grounds)
	return m
}

// quiet returns a message that waits until 08:00 of the next day in India, of an event that is too old after some time; 0 if it never is.
func quiet(m message.Message, left time.Duration) message.Message {
	m.Reason = message.QuietHours

	return with(m, func(g *message.Grounds) {
		g.At = time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC).UnixMilli() // 21:30 in India
		g.QuietUntil, g.Zone = time.Date(2026, 11, 21, 2, 30, 0, 0, time.UTC).Unix(), "Asia/Kolkata"
		if left != 0 {
			g.Age, g.Limit = time.Hour, time.Hour+left
		}
	})
}

// TestQuietHoursInWords says until when a message waits, by the account's clocks, with the day where it is another one, and whether it is too
// old before.
func TestQuietHoursInWords(t *testing.T) {
	t.Parallel()
	decidedAt := func(m message.Message, at time.Time) message.Message {
		return with(m, func(g *message.Grounds) { g.At = at.UnixMilli() })
	}
	afterMidnight := time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC)
	inBerlin := quiet(tried(message.Waiting), 0)
	inBerlin.Grounds.Zone = "Europe/Berlin"
	for _, tt := range []struct {
		name    string
		message message.Message
		want    string
	}{
		{"tomorrow", quiet(tried(message.Waiting), 0), "The message waits until 08:00 on 21 November, when the account's quiet hours end."},
		{"today", decidedAt(quiet(tried(message.Waiting), 0), afterMidnight), "The message waits until 08:00, when the account's quiet hours end."},
		{"another_zone", inBerlin, "The message waits until 03:30 on 21 November, when the account's quiet hours end."},
		{
			"too_old_before", quiet(tried(message.Waiting), 9*time.Hour),
			"The message waits until 08:00 on 21 November, when the account's quiet hours end; it is too old from 06:30 on 21 November on, and will not be sent.",
		},
		{
			"too_old_the_same_day", decidedAt(quiet(tried(message.Waiting), 6*time.Hour), afterMidnight),
			"The message waits until 08:00, when the account's quiet hours end; it is too old from 06:30 on, and will not be sent.",
		},
		{"too_old_after", quiet(tried(message.Waiting), 11*time.Hour), "The message waits until 08:00 on 21 November, when the account's quiet hours end."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := checks.Explain(tt.message, nil).Sentence; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if d := checks.Decided(tt.message); d.Outcome != checks.Waits || d.Because != "quiet_hours" || d.Words.Sentence != tt.want {
				t.Errorf("decided: got %+v", d)
			}
		})
	}
}

// TestExplain says of every way in which a message may stand why it stands so.
func TestExplain(t *testing.T) {
	t.Parallel()
	refused := func(r message.Reason, change func(*message.Grounds)) message.Message {
		m := with(tried(message.Refused), change)
		m.Reason = r

		return m
	}
	transient := message.Attempt{Failure: message.Failure{Class: message.ClassTransient, Code: "not_sent"}}
	resent := tried(message.Waiting, message.Attempt{})
	resent.Resent, resent.Silence = true, message.SilenceQuiet
	dropped := tried(message.Dropped, failed(message.ClassThrottled, "429"))
	dropped.Reason = message.NoSender
	old := message.Message{Phase: message.Refused, Reason: message.Superseded}

	for _, tt := range []struct {
		name    string
		message message.Message
		because string
		// stopped is the check that stopped it; empty if all were passed.
		stopped checks.Name
	}{
		{"delivered", tried(message.Claimed, message.Attempt{Rank: message.RankDelivered}), "delivered", ""},
		{"read", tried(message.Claimed, message.Attempt{Rank: message.RankRead}), "read", ""},
		{"sent", tried(message.Claimed, message.Attempt{Rank: message.RankSent}), "sent", ""},
		{"accepted", tried(message.Claimed, message.Attempt{Rank: message.RankAccepted}), "accepted", ""},
		{"sending", tried(message.Claimed, message.Attempt{}), "sending", ""},
		{"in doubt", tried(message.InDoubt, message.Attempt{}), "in_doubt", ""},
		{"given up", tried(message.GivenUp, message.Attempt{}), "given_up", ""},
		{"sent once more", resent, "heartbeat", ""},
		{"failed", tried(message.Failed, failed(message.ClassRecipient, "131026")), "recipient", ""},
		{"failed before a post", with(tried(message.Failed, failed(message.ClassBadRequest, "unbuildable")), func(g *message.Grounds) { g.Unbuilt = message.Unbuildable }), "bad_request", checks.Request},
		{"waits after an answer", tried(message.Waiting, transient), "transient", ""},
		{"waits for its turn", with(tried(message.Waiting), func(g *message.Grounds) { g.InFlight = true }), "turn", checks.Turn},
		{"waits for a place", with(tried(message.Waiting), func(g *message.Grounds) { g.Turn = true }), "place", checks.Place},
		{"waits for the end of quiet hours", quiet(tried(message.Waiting), 0), "quiet_hours", checks.QuietHours},
		{"waits for it after an attempt", quiet(tried(message.Waiting, transient), 0), "quiet_hours", checks.QuietHours},
		{"arrived while it waited for it", quiet(tried(message.Waiting, message.Attempt{Rank: message.RankDelivered}), 0), "delivered", checks.QuietHours},
		{"held by its decision", with(tried(message.Held), func(g *message.Grounds) { g.App = message.CauseBalance }), "balance", checks.App},
		{"held for a template", with(tried(message.Held), func(g *message.Grounds) { g.Template = "template" }), "template", checks.Template},
		{"held by a probe", with(tried(message.Held), func(g *message.Grounds) { g.Vain = true }), "not_answering", checks.Answers},
		{"held by an answer", tried(message.Held, message.Attempt{Failure: message.Failure{Class: message.ClassTemplatePaused, Code: "132015"}}), "template_paused", ""},
		{"opted out", refused(message.OptedOut, func(g *message.Grounds) { g.Unwanted, g.Consent = message.OptedOut, "INACTIVE" }), "opted_out", checks.Consent},
		{"outdated", refused(message.Superseded, func(g *message.Grounds) { g.Overtaken = "delivered" }), "superseded", checks.News},
		{"dropped by nobody's decision", dropped, "no_sender", checks.Sender},
		{"of the old form", old, "superseded", checks.News},
		{"of a build to come", message.Message{Phase: message.Refused, Reason: "moon_phase"}, "moon_phase", checks.Request},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := checks.Explain(tt.message, nil)
			if e.Because != tt.because || e.Sentence == "" || e.Advice == "" || e.Status != tt.message.Status() {
				t.Errorf("got %s because of %q: %s %s", e.Status, e.Because, e.Sentence, e.Advice)
			}
			var stopped checks.Name
			for _, c := range e.Checks {
				if c.Outcome == checks.Failed || c.Outcome == checks.Waits {
					stopped = c.Name
				}
			}
			if stopped != tt.stopped {
				t.Errorf("stopped at %q, want %q", stopped, tt.stopped)
			}
			if len(e.Attempts) != tt.message.Attempt {
				t.Errorf("got %d attempts, want %d", len(e.Attempts), tt.message.Attempt)
			}
			for _, a := range e.Attempts {
				if a.Words.Sentence == "" || a.Words.Advice == "" || !strings.Contains(a.Words.Sentence, a.Code) {
					t.Errorf("attempt %d: %+v", a.Number, a)
				}
			}
		})
	}
}

// TestExplainNow shows beside what a check saw what it would see now, where that is another thing.
func TestExplainNow(t *testing.T) {
	t.Parallel()
	m := with(tried(message.Refused), func(g *message.Grounds) { g.Unwanted, g.Consent = message.OptedOut, "INACTIVE" })
	m.Reason = message.OptedOut

	e := checks.Explain(m, checks.Present{checks.Consent: "ACTIVE", checks.Event: "on"})
	for _, c := range e.Checks {
		switch want := map[checks.Name]string{checks.Consent: "ACTIVE"}[c.Name]; {
		case c.Now != want:
			t.Errorf("%s: got %q now, want %q", c.Name, c.Now, want)
		case c.Name == checks.Consent && c.Value != "INACTIVE":
			t.Errorf("got %q", c.Value)
		}
	}
	if e.Settings != 7 || !e.DecidedAt.Equal(noon) {
		t.Errorf("got version %d at %s", e.Settings, e.DecidedAt)
	}
}

// TestExplainWithoutMessage explains what left no message.
func TestExplainWithoutMessage(t *testing.T) {
	t.Parallel()
	off := checks.ExplainOff(3, checks.Present{checks.Event: "on"})
	if off.Status != "event_off" || off.Settings != 3 || off.Checks[0].Outcome != checks.Failed || off.Checks[0].Value != "off" || off.Checks[0].Now != "on" || off.Advice == "" {
		t.Errorf("off: got %+v", off)
	}
	none := checks.ExplainNotKept()
	if none.Status != "not_kept" || none.Sentence == "" || none.Advice == "" || len(none.Checks) != 0 {
		t.Errorf("not kept: got %+v", none)
	}
}

// TestNotes tells what else should be known of a message: each of its turns has a note, and a delivery after all has one.
func TestNotes(t *testing.T) {
	t.Parallel()
	m := tried(message.GivenUp, message.Attempt{}, message.Attempt{Rank: message.RankDelivered, PossibleDuplicate: true, Silence: message.SilenceWitnessed})
	m.SecondLook, m.Retried, m.ReopenedAt, m.Resent = true, true, noon, true
	e := checks.Explain(m, nil)
	if len(e.Notes) != 5 {
		t.Errorf("got %d notes: %+v", len(e.Notes), e.Notes)
	}
	test := tried(message.Claimed, message.Attempt{Rank: message.RankSent})
	test.Test = true
	if e = checks.Explain(test, nil); len(e.Notes) != 1 || e.Checks != nil {
		t.Errorf("a test: got %+v", e)
	}
	answer := tried(message.Claimed, message.Attempt{Rank: message.RankSent})
	answer.Session = &message.Session{Kind: "question"}
	if e = checks.Explain(answer, nil); len(e.Notes) != 1 || e.Checks != nil {
		t.Errorf("an answer: got %+v", e)
	}
}
