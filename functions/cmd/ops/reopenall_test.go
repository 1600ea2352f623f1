package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/reopen"
)

// TestReopenAll reopens what an account has given up since a day: first it is only listed, then reopened, of one app and then of all. What was sent, is of
// an earlier day or of another account stays, and what has no event any more is named.
func TestReopenAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, id := range []string{"811", "812"} {
		if err := r.store.PutAccount(t.Context(), account.Account{ID: id, Slug: "brand-" + id}); err != nil {
			t.Fatal(err)
		}
	}

	n := 0
	add := func(m message.Message) string {
		t.Helper()
		n++
		m.ID, m.OrderID, m.Event, m.Provider = fmt.Sprintf("%032x", n), "51230077", "shipment/delivered", "gupshup"
		m.Phone, m.Due, m.Attempt = "+919000000001", now.Add(time.Hour), 1
		if err := r.create(m); err != nil {
			t.Fatal(err)
		}
		return m.ID
	}
	phase := func(id string) message.Phase {
		t.Helper()
		m, err := r.store.Message(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return m.Phase
	}

	event, today := []byte(`{}`), now.Add(-time.Hour)
	one := add(message.Message{AccountID: "811", AppID: "a", Phase: message.GivenUp, CreatedAt: today, EventData: event})
	two := add(message.Message{AccountID: "811", AppID: "b", Phase: message.GivenUp, CreatedAt: today, EventData: event})
	bare := add(message.Message{AccountID: "811", AppID: "b", Phase: message.GivenUp, CreatedAt: today})
	old := add(message.Message{AccountID: "811", AppID: "a", Phase: message.GivenUp, CreatedAt: now.Add(-48 * time.Hour), EventData: event})
	waits := add(message.Message{AccountID: "811", AppID: "a", Phase: message.Waiting, CreatedAt: today, EventData: event})
	other := add(message.Message{AccountID: "812", AppID: "a", Phase: message.GivenUp, CreatedAt: today, EventData: event})
	for range reopen.Page {
		add(message.Message{AccountID: "811", AppID: "c", Phase: message.Waiting, CreatedAt: now, EventData: event})
	}

	said := r.mustRun("reopen-all", "-n", "811/2026-11-20")
	if !strings.Contains(said, one) || !strings.Contains(said, two) || !strings.Contains(said, "3 messages given up since then\n") || !strings.Contains(said, reopen.Warning) || strings.Contains(said, "9000000001") || phase(one) != message.GivenUp {
		t.Errorf("with -n: got\n%s", said)
	}

	if said = r.mustRun("reopen-all", "811/a/2026-11-20"); !strings.Contains(said, "1 message of 1 reopened") || phase(one) != message.Waiting || phase(two) != message.GivenUp {
		t.Errorf("of an app: got\n%s", said)
	}
	if said = r.mustRun("reopen-all", "811/2026-11-20"); !strings.Contains(said, "1 message of 2 reopened") || !strings.Contains(said, "  passed over: ") || phase(two) != message.Waiting {
		t.Errorf("of all: got\n%s", said)
	}
	if phase(bare) != message.GivenUp || phase(old) != message.GivenUp || phase(other) != message.GivenUp || phase(waits) != message.Waiting {
		t.Error("what is not meant was changed")
	}
	if said = r.mustRun("reopen-all", "811/2026-11-21"); said != "no messages were given up since then\n" {
		t.Errorf("of tomorrow: got %q", said)
	}

	for _, wrong := range []string{"811", "811/", "/2026-11-20", "811/a/b/2026-11-20", "811/yesterday", "899/2026-11-20"} {
		if _, err := r.run("reopen-all", wrong); err == nil {
			t.Errorf("%s: got no error", wrong)
		}
	}
}
