package garbage_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// TestRandom sends each route what a seeded hand has spoiled. Whatever comes of it, it is never a failure of ours: no 5xx,
// no panic, no word of the marker; and what was refused has written nothing.
func TestRandom(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	share := 250 * time.Millisecond
	if testing.Short() {
		share /= 5
	}
	event := bytes.ReplaceAll(fixture(t, "events/shipment-failed_delivery.json"), []byte("Ira Sample"), []byte(marker))
	status := []byte(`{"kind":"status","at":1707818441000,"receivedAt":1707818441000,"status":{"ids":["a","b"],"status":"failed","recipient":"919000079999","code":"1002"}}`)
	reply := []byte(`{"kind":"reply","at":1707818441000,"reply":{"id":"a","from":"919000079999","name":"` + marker + `","type":"text","text":"STOP","contextIds":["a"]}}`)
	callback := []byte(`{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"message","payload":{"id":"x","source":"919000079999","type":"text",` +
		`"payload":{"text":"` + marker + `"},"sender":{"phone":"919000079999","name":"` + marker + `"},"context":{"id":"a","gsId":"b"}}}`)
	report := []byte(`{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"message-event","payload":{"id":"x","gsId":"y","type":"failed",` +
		`"destination":"919000079999","payload":{"ts":1707818441,"code":1002,"reason":"` + marker + `"}}}`)
	portal := bytes.ReplaceAll(portalBody(), []byte("Ira Sample"), []byte(marker))
	targets := []struct {
		name   string
		q      request
		inside []byte // is spoiled inside of a sound push
		attrs  map[string]string
	}{
		{"subscribe_body", request{method: "POST", path: world.OrderPath + "51230077", body: portal}, nil, nil},
		{"subscribe_path", request{method: "GET", path: world.OrderPath}, nil, nil},
		{"brand_order", request{method: "GET", path: brandPath + "/order/", header: r.guest()}, nil, nil},
		{"brand_orders", request{method: "GET", path: brandPath + "/get-orders/", header: r.guest()}, nil, nil},
		{"brand_person", request{method: "GET", path: brandPath + "/personal-details/", header: r.guest()}, nil, nil},
		{"brand_cancel", request{method: "POST", path: brandPath + "/cancel-order", header: r.guest(), body: cancelBody("99999999")}, nil, nil},
		{"webhook_meta", request{method: "POST", path: r.meta, body: callbackOf(t, "meta/webhook/batch_of_entries.json")}, nil, nil},
		{"webhook_kaleyra", request{method: "POST", path: r.kaleyra, body: callbackOf(t, "kaleyra/webhook/text_flat.json")}, nil, nil},
		{"push_platform", request{method: "POST", path: platformPath}, r.doneAction(), nil},
		{"webhook_reply", request{method: "POST", path: r.webhook, body: callback}, nil, nil},
		{"webhook_report", request{method: "POST", path: r.webhook, body: report}, nil, nil},
		{"notify_envelope", request{method: "POST", path: notifyPath, body: wrapped(event, nil)}, nil, nil},
		{"notify_data", request{method: "POST", path: notifyPath}, event, nil},
		{"receive_envelope", request{method: "POST", path: receivePath, body: wrapped(status, neem("status"))}, nil, nil},
		{"receive_status", request{method: "POST", path: receivePath}, status, neem("status")},
		{"receive_reply", request{method: "POST", path: receivePath}, reply, neem("reply")},
		{"local_events", request{method: "POST", path: eventsPath, body: event}, nil, nil},
		{"local_reply", request{method: "POST", path: replyPath, body: []byte(`{"text":"` + marker + `","app":"` + demo.NeemGupshupID + `"}`)}, nil, nil},
		{"local_faults", request{method: "PUT", path: faultsPath, body: []byte(`{"simulator":[{"system":"` + marker + `","mode":"slow","delayMs":1}],"cloud":[]}`)}, nil, nil},
	}
	signs := map[string]func([]byte) map[string]string{"webhook_meta": r.SignMeta, "webhook_kaleyra": r.SignKaleyra}
	for i, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(i), 42))
			sent := 0
			for end := time.Now().Add(share); time.Now().Before(end); sent++ {
				q := target.q
				switch {
				case target.inside != nil:
					q.body = wrapped(spoil(random, target.inside), target.attrs)
				case q.body == nil:
					q.path += strings.Map(printable, string(spoil(random, []byte("51230077"))))
				default:
					q.body = spoil(random, q.body)
				}
				if sign := signs[target.name]; sign != nil {
					q.header = sign(q.body)
				}
				r.try(t, q)
				if t.Failed() {
					t.Fatalf("by this request: %q", clip(q.bytes("host")))
				}
			}
			t.Logf("%d requests", sent)
		})
	}
	if lines := faulty(r.Logs.String()); len(lines) > 0 {
		t.Errorf("%d failures of our own, first: %s", len(lines), lines[0])
	}
	checkSilent(t, answer{}, r.Logs.String())
}

// try sends a request of which nobody knows whether it is garbage still.
func (r *rig) try(t *testing.T, q request) {
	t.Helper()
	a := r.send(t, q)
	if a.status >= http.StatusInternalServerError {
		t.Errorf("got %d: %s", a.status, clip(a.body))
	}
	if a.status >= http.StatusBadRequest && a.header.Get("Content-Type") == "application/problem+json" {
		checkProblem(t, q, a, want{})
	}
	if a.status >= http.StatusBadRequest && bytes.Contains(a.body, []byte(marker)) {
		t.Errorf("the answer repeats what was sent: %s", clip(a.body))
	}
}

// printable keeps a path on its line; the rest is for the server to judge.
func printable(c rune) rune {
	if c <= ' ' || c == '?' || c == '#' {
		return 'x'
	}
	return c
}

// odd are the pieces that spoil.
var odd = []string{
	`null`, `{}`, `[]`, `""`, `-1`, `1e999`, `99999999999999999999`, `0.1`, `true`, `"\ud800"`, "\xff", "\x00", `\`, `"`, `{"a":`, `,`, `:`, `]`, `}`,
	`"919000079999"`, `"../.."`, `"9999-99-99 99:99:99"`, `"0000-00-00 00:00:00"`, `"` + strings.Repeat("x", 2000) + `"`, `%00`, `%2F`, "\u202e", `-9223372036854775808`,
}

// spoil changes a body in one to four ways: bytes, cuts, repetitions, and whole values put in the place of others.
func spoil(r *rand.Rand, body []byte) []byte {
	b := bytes.Clone(body)
	for range 1 + r.IntN(4) {
		if len(b) == 0 {
			return b
		}
		at := r.IntN(len(b))
		switch r.IntN(7) {
		case 0:
			b[at] = byte(r.IntN(256))
		case 1:
			b = b[:at]
		case 2:
			b = append(b[:at:at], append([]byte(odd[r.IntN(len(odd))]), b[at:]...)...)
		case 3:
			to := min(len(b), at+r.IntN(40))
			b = append(b[:at:at], b[to:]...)
		case 4:
			to := min(len(b), at+r.IntN(40))
			b = append(b[:to:to], b[at:]...)
		default:
			b = swapValue(r, b)
		}
	}
	return b[:min(len(b), order.MaxEventBytes)]
}

// swapValue puts something odd in the place of one value of a JSON object, anywhere in it; what is no JSON stays as it is.
func swapValue(r *rand.Rand, b []byte) []byte {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil {
		return b
	}
	piece := json.RawMessage(odd[r.IntN(len(odd))])
	if !json.Valid(piece) {
		piece = json.RawMessage(`null`)
	}
	v = replaceOne(r, v, piece)
	out, err := json.Marshal(v)
	if err != nil {
		return b
	}
	return out
}

func replaceOne(r *rand.Rand, v any, piece json.RawMessage) any {
	object, ok := v.(map[string]any)
	if !ok || len(object) == 0 || r.IntN(6) == 0 {
		return piece
	}
	keys := slices.Sorted(maps.Keys(object))
	key := keys[r.IntN(len(keys))]
	object[key] = replaceOne(r, object[key], piece)
	return object
}
