package sweep_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// health is an app that its provider has held since the rig's present time.
func health(r *rig.Rig, cause message.Cause) account.Health {
	return account.Health{Reason: cause, Since: r.Clock.Now(), RetryAt: r.Clock.Now().Add(24 * time.Hour)}
}

// changeApp changes an app of the rig's account.
func changeApp(r *rig.Rig, id string, change func(*account.App)) {
	r.T.Helper()
	r.ChangeAccount(func(a *account.Account) {
		app := a.Apps[id]
		change(&app)
		a.Apps[id] = app
	})
}

// unsettled stores a message in doubt that nothing settles: no heartbeat comes through.
func unsettled(r *rig.Rig) {
	r.T.Helper()
	m := due(r, strings.Repeat("0123456789abcdef", 2))
	now := r.Clock.Now()
	m.Phase, m.Attempt, m.Doubts, m.CreatedAt, m.LeaseUntil = message.InDoubt, 1, 1, now, now
	m.Attempts = map[string]message.Attempt{"1": {ClaimedAt: now.UnixMilli()}}
	put(r, m)
}

// choice stores a conversation with a choice of the shopper's that is due in an hour and a half.
func choice(r *rig.Rig, state conversation.State) {
	r.T.Helper()
	now := r.Clock.Now()
	_, err := r.Parts.Store.SaveConversation(r.T.Context(), conversation.Conversation{
		ID:        "c1",
		AccountID: rig.BrandID,
		Actions:   []conversation.Action{{ID: "a1", Code: conversation.Reattempt, State: state, OrderID: "51230077", At: now, HeardAt: now}},
		Due:       now.Add(50 * time.Minute),
		ExpireAt:  now.Add(90 * 24 * time.Hour),
	})
	r.Must(err)
}

// TestWarnings has sweep look at something every ten minutes, and write a line of it once it has lasted, then once an hour.
func TestWarnings(t *testing.T) {
	t.Parallel()

	const held, silent, doubt, waits = `"msg":"an app cannot send"`, `"msg":"no reports come of an app's messages"`,
		`"msg":"a message stays in doubt"`, `"msg":"a shopper's choice waits for the order platform"`

	for name, tt := range map[string]struct {
		options rig.Options
		before  func(r *rig.Rig)
		line    string
		// after is how many looks without the line come first, of 14; -1: it never comes.
		after int
		parts []string
	}{
		"held": {
			before: func(r *rig.Rig) {
				changeApp(r, rig.AppID, func(a *account.App) { a.Health = health(r, message.CauseBalance) })
			},
			line: held, after: 1, parts: []string{`"account_id":"811"`, `"app_id":"gupshup-neem"`, `"provider":"gupshup"`, `"cause":"balance"`, `"minutes":20`},
		},
		"held, the platform's app": {
			options: rig.Options{Shared: true},
			before: func(r *rig.Rig) {
				changeApp(r, rig.AppID, func(a *account.App) { a.Health = health(r, message.CauseBlocked) })
			},
			line: held, after: 1, parts: []string{`"account_id":""`},
		},
		"held, not the sender": {
			before: func(r *rig.Rig) {
				changeApp(r, "old", func(a *account.App) { a.Health = health(r, message.CauseCredentials) })
			},
			line: held, after: -1,
		},
		"held, no event on": {
			before: func(r *rig.Rig) {
				changeApp(r, rig.AppID, func(a *account.App) { a.Health = health(r, message.CauseBalance) })
				r.ChangeAccount(func(a *account.Account) {
					for kind, e := range a.Events {
						e.Enabled = false
						a.Events[kind] = e
					}
				})
			},
			line: held, after: -1,
		},
		"silent": {
			before: func(r *rig.Rig) {
				r.Must(r.Parts.Store.RecordAppTimes(r.T.Context(), rig.AppID, store.AppTimes{Taken: r.Clock.Now().Add(20 * time.Minute)}))
			},
			line: silent, after: 4, parts: []string{`"account_id":"811"`, `"app_id":"gupshup-neem"`, `"provider":"gupshup"`},
		},
		"in doubt": {
			before: unsettled, line: doubt, after: 2, parts: []string{`"account_id":"811"`, `"provider":"gupshup"`, `"minutes":30`},
		},
		"choice": {
			before: func(r *rig.Rig) { choice(r, conversation.Ready) },
			line:   waits, after: 5, parts: []string{`"account_id":"811"`, `"order_id":"51230077"`, `"code":"ACTF001"`, `"minutes":60`},
		},
		"choice that waits for the shopper": {
			before: func(r *rig.Rig) { choice(r, conversation.Asked) }, line: waits, after: -1,
		},
		"choice that is over": {
			before: func(r *rig.Rig) { choice(r, conversation.Accepted) }, line: waits, after: -1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := rig.New(t, tt.options)
			tt.before(r)

			s := newSweeper(r)
			for n := range 14 {
				r.Clock.Advance(10 * time.Minute)

				from := r.Logs.Len()
				_, err := s.Sweep(t.Context())
				r.Must(err)

				want := 0
				if tt.after >= 0 && n >= tt.after && (n-tt.after)%6 == 0 {
					want = 1
				}

				log := r.Logs.From(from)
				if got := strings.Count(log, tt.line); got != want {
					t.Errorf("after %d minutes: got %d lines, want %d: %s", (n+1)*10, got, want, log)
				}

				for _, part := range tt.parts {
					if n == tt.after && !strings.Contains(log, part) {
						t.Errorf("the line lacks %s: %s", part, log)
					}
				}
			}
		})
	}
}
