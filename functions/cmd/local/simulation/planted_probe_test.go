package simulation

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// TestPlantedTurnIsFound has each message that was to find out whether its app answers, and asked for its template in vain, give its turn
// back, and sweep come again at once. The kept plan has one.
func TestPlantedTurnIsFound(t *testing.T) {
	data, err := os.ReadFile("testdata/probe-without-template.json")
	if err != nil {
		t.Fatal(err)
	}
	var k Kept
	if err = decode(data, &k); err != nil {
		t.Fatal(err)
	}

	const want = "sweep lets it through an app that does not answer"
	r := runPlanted(t, k.Plan, returningTurns)
	if !strings.Contains(together(r.Findings), want) {
		t.Errorf("got %s, want %q", together(r.Findings), want)
	}
}

// returningTurns has notify give back the turn of each message that waits after it was tried.
func returningTurns(m *machine) {
	right := m.Notify
	m.Notify = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err) // it is in memory
		}

		r.Body = io.NopCloser(bytes.NewReader(body))
		right.ServeHTTP(w, r)

		var push struct {
			Message struct {
				Attributes map[string]string `json:"attributes"`
			} `json:"message"`
		}
		_ = json.Unmarshal(body, &push) // what cannot be read is no copy of sweep's

		id := push.Message.Attributes[order.AttributeRetry]
		if push.Message.Attributes[order.AttributeProbe] == "" || m.world.messageOf(id).phase != phaseHeld {
			return
		}

		for _, b := range m.world.plan.Brands {
			if err = m.world.returnTurns(b.ID); err != nil {
				m.world.oracle.find("the turn is not given back: %v", err)
			}
		}

		m.world.busy.add()
		m.world.running.Go(func() {
			defer m.world.busy.done()

			time.Sleep(time.Second)
			m.world.sweep("sweep after " + id)
		})
	})
}

// returnTurns has a message be let through now by each app of an account that does not answer.
func (w *World) returnTurns(account string) error {
	a, err := w.parts.Store.Account(w.ctx, account)
	if err != nil {
		return err
	}

	for id, app := range a.Apps {
		if app.Health.NotAnswering() {
			app.Health.RetryAt = time.Now()
			a.Apps[id] = app
		}
	}

	return w.parts.Store.PutAccount(w.ctx, a)
}
