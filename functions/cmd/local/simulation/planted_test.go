package simulation

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// TestPlantedFaultIsFound plants a fault into the product. A seed finds it, the plan becomes short, and its words say what happened.
func TestPlantedFaultIsFound(t *testing.T) {
	plant := forgetful("shipment/failed_delivery")
	try := func(p Plan) Result { return runPlanted(t, p, plant) }

	for seed := range uint64(20) {
		p := Draw(seed + 1)
		r := try(p)
		if len(r.Findings) == 0 {
			continue
		}
		if right := runPlan(t, p); len(right.Findings) > 0 {
			continue // it finds something without the fault
		}

		shortest, result, runs := shrink(p, r, mostReruns, try)
		text := inWords(shortest, result)
		t.Logf("seed %d, %d steps of %d after %d runs\n%s", p.Seed, len(shortest.Steps), len(p.Steps), runs, text)

		if len(shortest.Steps) > 3 || len(result.Struck) > 0 || len(shortest.Outages) > 0 {
			t.Errorf("got %d steps, %d struck calls and %d outages, want no more than who agrees, and the event",
				len(shortest.Steps), len(result.Struck), len(shortest.Outages))
		}
		for _, want := range []string{"shipment/failed_delivery of SO-", "shopper ", "What was found", short(result.Findings[0].Text)} {
			if !strings.Contains(text, want) {
				t.Errorf("the words do not have %q", want)
			}
		}
		if right := runPlan(t, shortest); len(right.Findings) > 0 {
			t.Errorf("got %v without the fault", right.Findings)
		}

		return
	}

	t.Error("no seed has found a message that is sent twice")
}

// forgetful plants a fault: notify forgets what it has done for an event of one kind, and does it once more.
func forgetful(kind string) func(*machine) {
	return func(m *machine) {
		right := m.Notify
		m.Notify = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(err) // it is in memory
			}

			rec := httptest.NewRecorder()
			r.Body = io.NopCloser(bytes.NewReader(body))
			right.ServeHTTP(rec, r)

			if rec.Code/100 == 2 && isAbout(body, kind) {
				m.world.forgetMessages()

				rec = httptest.NewRecorder()
				r.Body = io.NopCloser(bytes.NewReader(body))
				right.ServeHTTP(rec, r)
			}

			w.WriteHeader(rec.Code)
		})
	}
}

// isAbout reports whether a push brings an event of a kind.
func isAbout(push []byte, kind string) bool {
	var p struct {
		Message struct {
			Data string `json:"data"`
		} `json:"message"`
	}
	if json.Unmarshal(push, &p) != nil {
		return false
	}

	data, err := base64.StdEncoding.DecodeString(p.Message.Data)

	return err == nil && bytes.Contains(data, []byte(`"eventSubType":"`+strings.TrimPrefix(kind, "shipment/")+`"`))
}

// forgetMessages removes every message from the send log.
func (w *World) forgetMessages() {
	conn, err := w.cloud.Conn()
	if err != nil {
		panic(err) // one was opened before
	}
	defer func() { _ = conn.Close() }()

	var writes []*firestorepb.Write
	w.cloud.Firestore().Documents(func(name string, _ map[string]*firestoreValue) bool {
		if strings.Contains(name, "/documents/messages/") {
			writes = append(writes, &firestorepb.Write{Operation: &firestorepb.Write_Delete{Delete: name}})
		}
		return true
	})

	if _, err = firestorepb.NewFirestoreClient(conn).Commit(w.ctx, &firestorepb.CommitRequest{
		Database: "projects/" + world.Project + "/databases/(default)", Writes: writes,
	}); err != nil {
		panic(err) // nothing is in its way
	}
}
