package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestStopIsHeardWhileAnAgentAnswers has a shopper say STOP and START in a conversation that Meta Business Agent holds: both count,
// and it shows on the app that an agent answers.
func TestStopIsHeardWhileAnAgentAnswers(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	taker := newIntake(r, r.Hooks)

	for _, step := range []struct {
		word string
		want consent.Status
	}{{"STOP", consent.Inactive}, {"START", consent.Active}} {
		r.Clock.Advance(time.Minute)
		e := provider.Event{Kind: provider.KindReply, At: r.Clock.Now().UnixMilli(), Standby: true, Reply: &provider.ReplyEvent{
			ID: "in-" + step.word, From: rig.Shopper, Type: "text", Text: step.word,
		}}
		if got, err := taker.Receive(t.Context(), callback(r, e)); err != nil || got.Result != outcome.Stored {
			t.Fatalf("%s: got %+v, %v", step.word, got, err)
		}
		if state, _ := r.CheckChain(t); state.Status != step.want {
			t.Errorf("%s: got %s, want %s", step.word, state.Status, step.want)
		}
		if stored := r.StoredReply(rig.AppID, "in-"+step.word); !stored.Standby {
			t.Errorf("%s: the reply does not say that it must not be answered", step.word)
		}
	}

	times, err := r.Parts.Store.AppTimes(t.Context(), rig.AppID)
	if err != nil || !times.Agent.Equal(r.Clock.Now()) {
		t.Errorf("the agent's time: got %s, %v, want %s", times.Agent, err, r.Clock.Now())
	}
	if n := strings.Count(r.Logs.String(), "an assistant of the provider answers on the number"); n != 2 {
		t.Errorf("got %d lines of the agent, want one a minute", n)
	}
}

// TestStatusOfOursOnStandby counts as any other.
func TestStatusOfOursOnStandby(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	m := r.Sole(t)

	c := callback(r, r.StatusNotice(provider.StatusEvent{IDs: m.AttemptAt(1).IDs, Status: message.StatusRead}, time.Second))
	c.Event.Standby = true
	if got, err := newIntake(r, r.Hooks).Receive(t.Context(), c); err != nil || got.Result != outcome.Applied {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got := r.Sole(t).Status(); got != message.StatusRead {
		t.Errorf("got %s, want read", got)
	}
}

// TestHandoverShowsOnTheApp: a conversation that an agent held or now holds shows that one answers, without a warning of each; one
// between others is news like any other.
func TestHandoverShowsOnTheApp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		agent bool
		want  outcome.Result
	}{
		{"from or to the agent", true, outcome.Applied},
		{"between others", false, outcome.Ignored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			e := provider.Event{Kind: provider.KindAccount, At: r.Clock.Now().UnixMilli(), Account: &provider.AccountEvent{
				Change: "messaging_handovers", Value: "control_passed:escalation", Agent: tt.agent,
			}}

			if got, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, e)); err != nil || got.Result != tt.want {
				t.Fatalf("got %+v, %v, want %s", got, err, tt.want)
			}
			if times, err := r.Parts.Store.AppTimes(t.Context(), rig.AppID); err != nil || times.Agent.IsZero() == tt.agent {
				t.Errorf("the agent's time: got %s, %v", times.Agent, err)
			}
			if warned := strings.Contains(r.Logs.String(), "provider changed"); warned == tt.agent {
				t.Errorf("warned: got %v", warned)
			}
		})
	}
}

// TestCallOpensTheServiceWindow and does nothing else: no opt-in, no proof of anything, no reply.
func TestCallOpensTheServiceWindow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		call provider.CallEvent
		from provider.Origin
		age  time.Duration
		want outcome.Result
		open bool
	}{
		{"of the shopper", provider.CallEvent{From: rig.Shopper}, ownApp, 0, outcome.Applied, true},
		{"at the platform's app", provider.CallEvent{From: rig.Shopper}, platformApp, 0, outcome.Applied, true},
		{"older than the last message", provider.CallEvent{From: rig.Shopper}, ownApp, time.Hour, outcome.Applied, false},
		{"of a stranger", provider.CallEvent{From: "919000000999"}, ownApp, 0, outcome.Ignored, false},
		{"of a user id that nobody knows", provider.CallEvent{UserID: "IN.9"}, ownApp, 0, outcome.Ignored, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			taker := newIntake(r, r.Hooks)
			wrote := r.Clock.Now()
			reply := provider.Event{Kind: provider.KindReply, At: wrote.UnixMilli(), Reply: &provider.ReplyEvent{ID: "in-1", From: rig.Shopper, Type: "text", Text: "hello"}}
			if _, err := taker.Receive(t.Context(), callback(r, reply)); err != nil {
				t.Fatal(err)
			}
			before, ledger := r.CheckChain(t)
			r.Clock.Advance(time.Minute)

			c := callback(r, provider.Event{Kind: provider.KindCall, At: r.Clock.Now().Add(-tt.age).UnixMilli(), Call: &tt.call})
			c.Origin = tt.from
			if got, err := taker.Receive(t.Context(), c); err != nil || got.Result != tt.want {
				t.Fatalf("got %+v, %v, want %s", got, err, tt.want)
			}

			want := wrote
			if tt.open {
				want = r.Clock.Now()
			}
			customer, err := r.Parts.Store.Customer(t.Context(), r.CustomerID())
			if err != nil || !customer.LastReplyAt.Equal(want) {
				t.Errorf("the window's time: got %s, %v, want %s", customer.LastReplyAt, err, want)
			}
			if after, now := r.CheckChain(t); !cmp.Equal(after, before) || len(now) != len(ledger) {
				t.Errorf("consent: got %+v with %d entries, want %+v with %d", after, len(now), before, len(ledger))
			}
		})
	}
}

// TestFieldThatNobodyReads is logged by name and shape, and nothing in it that is no name.
func TestFieldThatNobodyReads(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"weather_update":       `"field":"weather_update"`,
		"weather 919000000007": `"field":"unreadable"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{})
			e := provider.Event{Kind: provider.KindIgnored, UnreadField: &provider.UnreadField{Name: name, Shape: "{a:number}"}}

			if got, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, e)); err != nil || got.Result != outcome.Ignored {
				t.Fatalf("got %+v, %v", got, err)
			}
			log := r.Logs.String()
			for _, part := range []string{"a provider sent a field that nobody reads", want, `"provider":"gupshup"`, `"shape":"{a:number}"`} {
				if !strings.Contains(log, part) {
					t.Errorf("the log lacks %s: %s", part, log)
				}
			}
		})
	}
}
