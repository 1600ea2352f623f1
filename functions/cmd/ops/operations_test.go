package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	someID   = "0123456789abcdef0123456789abcdef"
	someKey  = "d356ca68283c142f0bb88b4ccf7d41d7" // of 9000000001
	someBot  = "the key of a bot"
	someHook = "the token of an install"
)

// scene is a command line on a world in which it has something to do.
type scene struct {
	args []string
	in   string
	// subject is what is noted of it.
	subject string
}

// scenes has one for each command.
func scenes() map[string]func(r cmdRig) scene {
	return map[string]func(r cmdRig) scene{
		"account":     func(cmdRig) scene { return scene{args: []string{sample}, subject: "816"} },
		"dead-letter": func(r cmdRig) scene { return scene{args: []string{"order-events/" + r.letter("order-events")}} },
		"dead-letter-drop": func(r cmdRig) scene {
			return scene{args: []string{"-f", "provider-events/" + r.letter("provider-events")}, subject: "provider-events/" + r.letter("provider-events")}
		},
		"dead-letter-replay": func(cmdRig) scene { return scene{args: []string{"order-events"}, subject: "order-events"} },
		"dead-letters":       func(cmdRig) scene { return scene{args: []string{"all"}} },
		"erase": func(cmdRig) scene {
			return scene{args: []string{"811/" + someKey}, in: "request 12", subject: "811/" + someKey}
		},
		"explain":   func(cmdRig) scene { return scene{args: []string{someID}, subject: someID} },
		"guest-key": func(cmdRig) scene { return scene{args: []string{"811"}, subject: "811"} },
		"guest-key-end": func(cmdRig) scene {
			return scene{args: []string{"811/" + store.GuestHash(someBot)}, subject: "811/" + store.GuestHash(someBot)}
		},
		"import": func(r cmdRig) scene {
			return scene{args: []string{"811/" + write(r.t, "phone,name\n9000000002,Another\n")}, subject: "811"}
		},
		"keys": func(cmdRig) scene {
			return scene{subject: "phone-key occurrence-key reference-key proof-key session-key"}
		},
		"ledger":     func(cmdRig) scene { return scene{args: []string{"811/" + someKey}, subject: "811/" + someKey} },
		"operations": func(cmdRig) scene { return scene{args: []string{"2026-11-20"}} },
		"proof-key":  func(cmdRig) scene { return scene{} },
		"rate-card": func(r cmdRig) scene {
			return scene{args: []string{cardFile(r.t, "meta-inr-in-2027q1", "2027-01-01", 900_000)}, subject: "meta-inr-in-2027q1"}
		},
		"rate-cards": func(cmdRig) scene { return scene{} },
		"receipt":    func(cmdRig) scene { return scene{args: []string{"811/" + someID}, subject: "811/" + someID} },
		"replay": func(r cmdRig) scene {
			return scene{args: []string{"811/2026-11-20", "-events", write(r.t, "")}, subject: "811/2026-11-20"}
		},
		"reopen":     func(cmdRig) scene { return scene{args: []string{someID}, subject: someID} },
		"onboard":    func(cmdRig) scene { return scene{args: []string{basilFile}, subject: "817"} },
		"reopen-all": func(cmdRig) scene { return scene{args: []string{"811/2026-11-20"}, subject: "811/2026-11-20"} },
		"rotate-end": func(r cmdRig) scene {
			r.mustRun("rotate-webhook", "811/"+rig.AppID)
			return scene{args: []string{"811/" + rig.AppID}, subject: "811/" + rig.AppID}
		},
		"rotate-secret": func(cmdRig) scene {
			return scene{args: []string{"811/" + rig.AppID}, in: nextKey, subject: "811/" + rig.AppID}
		},
		"rotate-webhook": func(cmdRig) scene { return scene{args: []string{"811/" + rig.AppID}, subject: "811/" + rig.AppID} },
		"secret": func(cmdRig) scene {
			return scene{args: []string{"meta-clove-token"}, in: "SECRETVALUE", subject: "meta-clove-token"}
		},
		"shape":       func(cmdRig) scene { return scene{args: []string{"5a0c1e8f20d3b746"}} },
		"shapes":      func(cmdRig) scene { return scene{} },
		"submit":      func(cmdRig) scene { return scene{args: []string{"811/51230077"}, subject: "811/51230077"} },
		"verify":      func(r cmdRig) scene { return scene{args: []string{write(r.t, r.mustRun("ledger", "811/"+someKey))}} },
		"webhook-add": func(cmdRig) scene { return scene{args: []string{"gupshup-neem"}, subject: "gupshup-neem"} },
		"webhook-end": func(cmdRig) scene {
			return scene{args: []string{"-f", "gupshup-neem/" + store.WebhookTokenID(someHook)}, subject: "gupshup-neem/" + store.WebhookTokenID(someHook)}
		},
	}
}

// newScene returns a rig in which every command has something to do.
func newScene(t *testing.T, verb string) cmdRig {
	t.Helper()

	if verb == "onboard" {
		r, _ := newOnboarding(t)
		return r
	}
	if strings.HasPrefix(verb, "rotate-") {
		r, _ := newRotation(t)
		return r
	}

	r := newRig(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, name := range own.Names() {
		if verb != "keys" || name != "occurrence-key" { // which makes it
			_, err := r.secrets.Add(ctx, name, config.NewSecret("0123456789abcdef0123456789abcdef"))
			must(err)
		}
	}

	must(r.store.PutAccount(ctx, account.Account{ID: "811", Slug: "neem"}))
	must(r.store.PutGuestKey(ctx, someBot, "811", now))
	must(r.store.PutWebhook(ctx, someHook, store.Webhook{Provider: "gupshup", AppID: "gupshup-neem", AccountID: "811"}))
	must(r.create(message.Message{
		ID: someID, AccountID: "811", OrderID: "51230077", CustomerID: "811:" + someKey, Event: "shipment/delivered", AppID: "gupshup-neem",
		Provider: "gupshup", Phone: "+919000000001", Phase: message.GivenUp, Attempt: 1, CreatedAt: now, Due: now.Add(time.Hour), EventData: []byte(`{}`),
	}))
	_, err := r.store.SaveConversation(ctx, conversation.Conversation{ID: "811:" + someKey, AccountID: "811", ExpireAt: now.Add(time.Hour), Actions: []conversation.Action{
		{ID: "r1", Code: conversation.Reattempt, State: conversation.Stuck, OrderID: "51230077", Subject: "S-1", Complete: true, HeardAt: now.Add(-25 * time.Hour)},
	}})
	must(err)
	must(r.store.AddShape(ctx, store.Shape{Fingerprint: "5a0c1e8f20d3b746", Provider: "meta", Fixture: "{}", FirstAt: now, LastAt: now, Count: 1}))
	r.keep("order-events", "no event", nil)
	r.keep("provider-events", `{"entry":[]}`, map[string]string{"kind": "raw", "provider": "meta"})
	r.mustRun("import", "811/"+write(t, "phone,name,status,occurredAt,evidence\n9000000001,Ira Sample,ACTIVE,2026-11-01T10:00:00Z,form 1\n"))

	return r
}

// all returns everything that is stored, but the notes of commands.
func (r cmdRig) all() map[string]string {
	r.t.Helper()

	stored := testkit.Stored(r.t, r.local)
	maps.DeleteFunc(stored, func(name, _ string) bool { return strings.Contains(name, "/operations/") })

	return stored
}

// notes returns what is noted of commands, but for those that are known.
func (r cmdRig) notes(known ...store.Operation) []store.Operation {
	r.t.Helper()

	all, err := r.store.Operations(r.t.Context(), time.Time{})
	if err != nil {
		r.t.Fatal(err)
	}

	return slices.DeleteFunc(all, func(o store.Operation) bool {
		return slices.ContainsFunc(known, func(k store.Operation) bool { return k.ID == o.ID })
	})
}

// TestEachCommandHasADryRunAndLeavesANote runs each command twice: with -n, which writes nothing at all, and for good. One that writes changes
// something and leaves one note, without a secret or anything personal in it; one that shows what is of a shopper leaves the note
// alone, and one that reads anything else does neither.
func TestEachCommandHasADryRunAndLeavesANote(t *testing.T) {
	t.Parallel()

	for _, v := range verbs() {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			r := newScene(t, v.name)

			of, ok := scenes()[v.name]
			if !ok {
				t.Fatal("the command has no scene here")
			}

			s := of(r)

			line := append([]string{v.name}, s.args...)
			before, noted := r.all(), r.notes()

			r.in = strings.NewReader(s.in)
			said := r.mustRun(append(slices.Clone(line), "-n")...)
			if !strings.Contains(said, "nothing is written, as -n wants it\n") && !strings.Contains(said, v.name+" only reads, with -n and without\n") {
				t.Errorf("with -n it says %q, and not that nothing is written", said)
			}
			if !maps.Equal(r.all(), before) || len(r.notes(noted...)) != 0 {
				t.Error("with -n it has written something")
			}

			r.in = strings.NewReader(s.in)
			if said = r.mustRun(line...); said == "" {
				t.Error("it says nothing of what it did")
			}

			changed, left := !maps.Equal(r.all(), before), r.notes(noted...)
			if changed != (v.effect == writes) || (len(left) > 0) == (v.effect == reads) || len(left) > 1 {
				t.Fatalf("it has changed something: %t; it has left %d notes", changed, len(left))
			}
			if v.effect == reads {
				return
			}

			one := left[0]
			if one.Verb != v.name || one.Subject != s.subject || one.By != "asha@desk" || !one.BegunAt.Equal(r.clock.Now()) || !one.DoneAt.Equal(r.clock.Now()) || one.Result == "" {
				t.Errorf("its note is %+v, want it complete, of %q", one, s.subject)
			}
			for _, word := range []string{"900000000", "Ira", "request 12", "SECRETVALUE", nextKey, basilKey, someBot, someHook} {
				if strings.Contains(fmt.Sprint(one), word) {
					t.Errorf("its note %+v has %q", one, word)
				}
			}
		})
	}
}

// TestACommandThatFailsIsNotedAsFailed has a card refused by the store after the command has begun, and lists the note, and that of a command
// that was cut off. What is refused before anything is written leaves none.
func TestACommandThatFailsIsNotedAsFailed(t *testing.T) {
	t.Parallel()
	r := newScene(t, "")
	noted := r.notes()

	for _, line := range [][]string{{"reopen", strings.Repeat("f", 32)}, {"secret", "phone-key"}, {"erase", "811/9000000001"}, {"webhook-end", "gupshup-neem/" + someHook}} {
		r.in = strings.NewReader("a reason")
		if _, err := r.run(line...); err == nil {
			t.Errorf("%q: got no error", line)
		}
	}
	if left := r.notes(noted...); len(left) != 0 {
		t.Errorf("what was refused has left %+v", left)
	}

	ours := cardFile(t, "meta-inr-in-2026q4", billing.India().From, 1)
	if _, err := r.run("rate-card", ours); err == nil {
		t.Fatal("a card of a quarter that has begun is put")
	}
	if _, err := r.store.BeginOperation(t.Context(), store.Operation{Verb: "import", Subject: "811", By: "ravi@desk", BegunAt: now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}

	said := r.mustRun("operations", "2026-11-20")
	for _, want := range []string{
		"2026-11-20T04:50:12Z asha@desk: import 811: 1 row: 1 created\n",
		"2026-11-20T04:51:12Z ravi@desk: import 811: was cut off, or goes on\n",
		"asha@desk: rate-card meta-inr-in-2026q4: failed: ",
		"operations since 2026-11-19T18:30:00Z\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("got %q, want %q in it", said, want)
		}
	}
	if said = r.mustRun("operations", "2026-11-22"); said != "0 operations since 2026-11-21T18:30:00Z\n" {
		t.Errorf("of later days: got %q", said)
	}
	if _, err := r.run("operations", "yesterday"); err == nil {
		t.Error("yesterday: got no error")
	}
}

// TestAnOperatorIsOneWord takes a name, and refuses one that would be a line of its own in the list, or holds somebody's number.
func TestAnOperatorIsOneWord(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"nadia", "asha@desk", "o.brien-2", ""} {
		if got, err := operatorOf(name); err != nil || got == "" || (name != "" && got != name) {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"eve\n2026-11-30T00:00:00Z boss: keys: all fine", "+919000000001 Ira", "ira9000000001", " ", "two words", strings.Repeat("a", 65)} {
		if got, err := operatorOf(name); err == nil {
			t.Errorf("%q: got %q, want it refused", name, got)
		}
	}
}

// TestWhatIsNotedOfAnArgument: an argument is kept by its ids, and a number that was typed in the place of one is not.
func TestWhatIsNotedOfAnArgument(t *testing.T) {
	t.Parallel()

	for subject, want := range map[string]string{
		"811/51230077":                   "811/51230077",
		"811/" + someKey:                 "811/" + someKey,
		someID:                           someID,
		"811/-":                          "811/-",
		"811/2026-11-20":                 "811/2026-11-20",
		"811/919000000001":               "811/" + logging.Unreadable,
		"+91 90000 00001":                logging.Unreadable,
		"811/ira@example.test":           "811/" + logging.Unreadable,
		"811/gupshup-felrcxvc4c2y/Asha,": "811/gupshup-felrcxvc4c2y/" + logging.Unreadable,
	} {
		if got := noted(subject); got != want {
			t.Errorf("%s: got %s, want %s", subject, got, want)
		}
	}
}
