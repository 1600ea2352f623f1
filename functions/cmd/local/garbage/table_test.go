package garbage_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// endpoint is a route that reads a body.
type endpoint struct {
	name, method, path string
	// limit is the stated cap of the body in bytes; sound is a body that is taken.
	limit int
	sound []byte
	// raw: whatever is not empty is taken and kept, since a provider's new format must not be lost.
	raw bool
	// sign makes the headers without which a body is not looked at; nil where there are none.
	sign func(body []byte) map[string]string
}

// with is a request to the route, signed.
func (e endpoint) with(q request) request {
	q.method, q.path = e.method, e.path
	if e.sign != nil {
		header := e.sign(q.body)
		maps.Copy(header, q.header)
		q.header = header
	}
	return q
}

func (r *rig) endpoints() []endpoint {
	t := r.T
	return []endpoint{
		{"subscribe", http.MethodPost, world.OrderPath + "51230077", 1 << 20, portalBody(), false, nil},
		{"webhook", http.MethodPost, r.webhook, 3 << 20, handshake(), true, nil},
		{"webhook_meta", http.MethodPost, r.meta, 3 << 20, []byte(`{"object":"whatsapp_business_account","entry":[]}`), true, r.SignMeta},
		{"webhook_kaleyra", http.MethodPost, r.kaleyra, 3 << 20, []byte(`{"messages":[]}`), true, r.SignKaleyra},
		{"notify", http.MethodPost, notifyPath, 14 << 20, wrapped(fixture(t, "events/shipment-unknown-subtype.json"), nil), false, nil},
		{"receive", http.MethodPost, receivePath, 14 << 20, wrapped([]byte(`{"kind":"user"}`), neem("user")), false, nil},
		{"local_events", http.MethodPost, eventsPath, order.MaxEventBytes, fixture(t, "events/shipment-unknown-subtype.json"), false, nil},
		{"local_reply", http.MethodPost, replyPath, 1 << 20, []byte(`{"text":"hello","app":"` + demo.NeemGupshupID + `"}`), false, nil},
		{"local_faults", http.MethodPut, faultsPath, 1 << 20, []byte(`{"simulator":[]}`), false, nil},
		{"push_platform", http.MethodPost, platformPath, 1 << 20, wrapped(r.doneAction(), nil), false, nil},
	}
}

// handshake is the callback with which Gupshup tries a URL: it changes nothing.
func handshake() []byte {
	return []byte(`{"app":"NeemAlerts","timestamp":1707818441000,"version":2,"type":"user-event","payload":{"phone":"callbackSetPhone","type":"sandbox-start"}}`)
}

func TestMethods(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	routes := []struct {
		name, path string
		allowed    []string
	}{
		{"subscribe", world.OrderPath + "51230077", []string{"GET", "HEAD", "POST", "OPTIONS"}},
		{"webhook", r.webhook, []string{"POST", "GET", "HEAD"}},
		{"webhook_meta", r.meta, []string{"POST", "GET", "HEAD"}},
		{"webhook_kaleyra", r.kaleyra, []string{"POST", "GET", "HEAD"}},
		{"push_platform", platformPath, []string{"POST"}},
		{"local_bot", botPath, []string{"GET"}},
		{"notify", notifyPath, []string{"POST"}},
		{"receive", receivePath, []string{"POST"}},
		{"sweep", sweepPath, []string{"POST"}},
		{"local_events", eventsPath, []string{"POST"}},
		{"local_inbox", inboxPath, []string{"GET"}},
		{"local_reply", replyPath, []string{"POST"}},
		{"local_send_log", logPath, []string{"GET"}},
		{"local_faults", faultsPath, []string{"GET", "PUT", "DELETE"}},
	}
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "post", marker}
	for _, route := range routes {
		for _, method := range methods {
			if slices.Contains(route.allowed, method) {
				continue
			}
			t.Run(route.name+"_"+method, func(t *testing.T) {
				q := request{method: method, path: route.path, body: []byte(`{"a":"` + marker + `"}`)}
				r.refused(t, q, want{http.StatusMethodNotAllowed, route.allowed[0]})
				if got := r.send(t, q).header.Get("Allow"); got != strings.Join(route.allowed, ", ") {
					t.Errorf("Allow: got %q, want %q", got, strings.Join(route.allowed, ", "))
				}
			})
		}
	}
}

// bodyCase is one kind of garbage for every route that reads a body.
type bodyCase struct {
	name   string
	body   []byte
	header map[string]string
	want
}

// unreadable reports whether it is of a wrong form, and no other fault.
func (c bodyCase) unreadable() bool {
	return c.status == http.StatusBadRequest && len(bytes.TrimSpace(c.body)) > 0
}

func bodyCases() []bodyCase {
	bad := func(names string) want { return want{http.StatusBadRequest, names} }
	return []bodyCase{
		{name: "empty", want: bad("body")},
		{name: "blank", body: []byte(" \r\n\t"), want: bad("body")},
		{name: "null", body: []byte(`null`), want: bad("must be")},
		{name: "array", body: []byte(`["` + marker + `"]`), want: bad("")},
		{name: "number", body: []byte(`9000079999`), want: bad("")},
		{name: "huge_number", body: []byte(`1e999999`), want: bad("")},
		{name: "string", body: []byte(`"` + marker + `"`), want: bad("")},
		{name: "truth", body: []byte(`true`), want: bad("")},
		{name: "text", body: []byte(marker), want: bad("JSON")},
		{name: "html", body: []byte(`<html>` + marker + `</html>`), want: bad("JSON")},
		{name: "form", body: []byte(`contactPhone=9000079999&x=` + marker), want: bad("JSON")},
		{name: "open_object", body: []byte(`{`), want: bad("JSON")},
		{name: "truncated_key", body: []byte(`{"` + marker), want: bad("JSON")},
		{name: "truncated_value", body: []byte(`{"contactPhone":"` + marker), want: bad("JSON")},
		{name: "trailing", body: []byte(`{} {"a":"` + marker + `"}`), want: bad("JSON")},
		{name: "trailing_comma", body: []byte(`{"a":"` + marker + `",}`), want: bad("JSON")},
		{name: "single_quotes", body: []byte(`{'a':'` + marker + `'}`), want: bad("JSON")},
		{name: "bare_key", body: []byte(`{` + marker + `:1}`), want: bad("JSON")},
		{name: "control_character", body: []byte("{\"a\":\"" + marker + "\x00\"}"), want: bad("JSON")},
		{name: "NUL", body: []byte("\x00\x00\x00\x00" + marker), want: bad("JSON")},
		{name: "byte_order_mark", body: []byte("\xef\xbb\xbf{}"), want: bad("JSON")},
		{name: "UTF16", body: []byte("\xff\xfe{\x00}\x00"), want: bad("UTF-8")},
		{name: "not_UTF8", body: []byte("{\"contactPhone\":\"" + marker + "\xff\"}"), want: bad("UTF-8")},
		{name: "overlong_UTF8", body: []byte("{\"contactPhone\":\"" + marker + "\xc0\xaf\"}"), want: bad("UTF-8")},
		{name: "surrogate_bytes", body: []byte("{\"contactPhone\":\"" + marker + "\xed\xa0\x80\"}"), want: bad("UTF-8")},
		{name: "deep", body: deep(130), want: bad("")},
		{name: "very_deep", body: deep(20_000), want: bad("")},
		{name: "open_brackets", body: bytes.Repeat([]byte("["), 500_000), want: bad("")},
		{name: "gzip", body: zipped(), header: encoding("gzip"), want: want{http.StatusUnsupportedMediaType, "compressed"}},
		{name: "deflate", body: zipped(), header: encoding("deflate"), want: want{http.StatusUnsupportedMediaType, "compressed"}},
		{name: "two_encodings", body: zipped(), header: encoding("identity, gzip"), want: want{http.StatusUnsupportedMediaType, "compressed"}},
		{name: "gzip_unmarked", body: zipped(), want: bad("UTF-8")},
	}
}

func encoding(name string) map[string]string { return map[string]string{"Content-Encoding": name} }

func zipped() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(`{"a":"` + marker + `"}`)); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestBodies(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	for _, e := range r.endpoints() {
		for _, c := range bodyCases() {
			if e.raw && c.unreadable() {
				continue // kept as it came: TestNotUnderstoodIsKept
			}
			t.Run(e.name+"_"+c.name, func(t *testing.T) {
				q := e.with(request{header: c.header, body: c.body})
				if c.name == "deep" && (e.name == "notify" || e.name == "receive") {
					r.buried(t, q, c.body, "message") // an object alone is a message's data
					return
				}
				r.refused(t, q, c.want)
				if len(c.body) > 0 {
					q.chunked = true
					r.refused(t, q, c.want)
				}
			})
		}
	}
}

// TestSizes sends each route one byte more than its cap, and exactly its cap.
func TestSizes(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	for _, e := range r.endpoints() {
		over := padded([]byte(`{"a":"`+marker+`"}`), e.limit+1)
		t.Run(e.name+"_over", func(t *testing.T) {
			r.refused(t, e.with(request{body: over}), want{http.StatusRequestEntityTooLarge, "too large"})
			r.refused(t, e.with(request{body: over, chunked: true}), want{http.StatusRequestEntityTooLarge, "too large"})
		})
	}
	for _, e := range r.endpoints() {
		t.Run(e.name+"_at_the_cap", func(t *testing.T) {
			for _, chunked := range []bool{false, true} {
				a := r.send(t, e.with(request{body: padded(e.sound, e.limit), chunked: chunked}))
				if a.status/100 != 2 {
					t.Errorf("chunked %t: got %d, want 2xx; body %s", chunked, a.status, clip(a.body))
				}
			}
		})
	}
	data := map[string]struct {
		path string
		body []byte
		want int
	}{
		"receive_at_10_MB":   {receivePath, wrapped(padded(handshake(), queue.MaxData), neem("raw")), http.StatusNoContent},
		"receive_over_10_MB": {receivePath, wrapped(padded(handshake(), queue.MaxData+1), neem("raw")), http.StatusRequestEntityTooLarge},
		"notify_at_512_KiB": {
			notifyPath, wrapped(padded(fixture(t, "events/shipment-unknown-subtype.json"), order.MaxEventBytes), nil), http.StatusNoContent,
		},
		"notify_over_10_MB": {
			notifyPath, wrapped(padded(fixture(t, "events/shipment-created.json"), queue.MaxData+1), nil), http.StatusRequestEntityTooLarge,
		},
	}
	t.Run("notify_over_512_KiB", func(t *testing.T) {
		over := padded(fixture(t, "events/shipment-created.json"), order.MaxEventBytes+1)
		r.buried(t, request{method: http.MethodPost, path: notifyPath, body: wrapped(over, nil)}, over, "message.data")
	})
	for name, c := range data {
		t.Run(name, func(t *testing.T) {
			q := request{method: http.MethodPost, path: c.path, body: c.body}
			if c.want >= 400 {
				r.refused(t, q, want{c.want, ""})
				return
			}
			if a := r.send(t, q); a.status != c.want {
				t.Errorf("got %d, want %d; body %s", a.status, c.want, clip(a.body))
			}
		})
	}
}

// TestSweepIgnoresItsBody: Cloud Scheduler's body does not matter, so none is garbage.
func TestSweepIgnoresItsBody(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	for _, c := range bodyCases() {
		t.Run(c.name, func(t *testing.T) {
			logged := r.Logs.Len()
			a := r.send(t, request{method: http.MethodPost, path: sweepPath, header: c.header, body: c.body})
			if a.status != http.StatusNoContent {
				t.Errorf("got %d, want 204", a.status)
			}
			r.silent(t, a, logged)
		})
	}
}
