package garbage_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// endpoint is a route that reads a body.
type endpoint struct {
	name, method, path string
	// limit is the stated cap of the body in bytes; sound is a body that is taken.
	limit int
	sound []byte
	// raw: whatever is JSON is taken and kept, since a provider's new format must not be lost.
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
	t := r.t
	return []endpoint{
		{"subscribe", http.MethodPost, orderPath + "51230077", 1 << 20, portalBody(), false, nil},
		{"webhook", http.MethodPost, r.webhook, 3 << 20, handshake(), true, nil},
		{"webhook_meta", http.MethodPost, r.meta, 3 << 20, []byte(`{"object":"whatsapp_business_account","entry":[]}`), true, r.signMeta},
		{"webhook_kaleyra", http.MethodPost, r.kaleyra, 3 << 20, []byte(`{"messages":[]}`), true, r.signKaleyra},
		{"notify", http.MethodPost, notifyPath, 14 << 20, wrapped(fixture(t, "events/shipment-unknown-subtype.json"), nil), false, nil},
		{"receive", http.MethodPost, receivePath, 14 << 20, wrapped([]byte(`{"kind":"user"}`), neem("user")), false, nil},
		{"local_events", http.MethodPost, eventsPath, order.MaxEventBytes, fixture(t, "events/shipment-unknown-subtype.json"), false, nil},
		{"local_reply", http.MethodPost, replyPath, 1 << 20, []byte(`{"text":"hello","app":"` + simulatedNeem + `"}`), false, nil},
		{"local_faults", http.MethodPut, faultsPath, 1 << 20, []byte(`{"simulator":[]}`), false, nil},
		{"push_platform", http.MethodPost, platformPath, 1 << 20, wrapped(r.doneAction(), nil), false, nil},
	}
}

const simulatedNeem = "aaaaaaaa-0000-4000-8000-000000000001"

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
		{"subscribe", orderPath + "51230077", []string{"GET", "POST", "OPTIONS"}},
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
	// json: the body is sound JSON of a wrong shape.
	json bool
}

func bodyCases() []bodyCase {
	bad := func(names string) want { return want{http.StatusBadRequest, names} }
	return []bodyCase{
		{name: "empty", want: bad("body")},
		{name: "blank", body: []byte(" \r\n\t"), want: bad("body")},
		{name: "null", body: []byte(`null`), want: bad("must be"), json: true},
		{name: "array", body: []byte(`["` + marker + `"]`), want: bad(""), json: true},
		{name: "number", body: []byte(`9000079999`), want: bad(""), json: true},
		{name: "huge_number", body: []byte(`1e999999`), want: bad(""), json: true},
		{name: "string", body: []byte(`"` + marker + `"`), want: bad(""), json: true},
		{name: "truth", body: []byte(`true`), want: bad(""), json: true},
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
			if c.json && e.raw {
				continue // kept as it came: TestNotUnderstoodIsKept
			}
			t.Run(e.name+"_"+c.name, func(t *testing.T) {
				q := e.with(request{header: c.header, body: c.body})
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
		"notify_over_512_KiB": {
			notifyPath, wrapped(padded(fixture(t, "events/shipment-created.json"), order.MaxEventBytes+1), nil), http.StatusBadRequest,
		},
		"notify_over_10_MB": {
			notifyPath, wrapped(padded(fixture(t, "events/shipment-created.json"), queue.MaxData+1), nil), http.StatusRequestEntityTooLarge,
		},
	}
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
			logged := r.logs.len()
			a := r.send(t, request{method: http.MethodPost, path: sweepPath, header: c.header, body: c.body})
			if a.status != http.StatusNoContent {
				t.Errorf("got %d, want 204", a.status)
			}
			r.silent(t, a, logged)
		})
	}
}

// TestPushData sends sound envelopes whose message is garbage.
func TestPushData(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	data := []bodyCase{
		{name: "null", body: []byte(`null`)},
		{name: "array", body: []byte(`["` + marker + `"]`)},
		{name: "number", body: []byte(`9000079999`)},
		{name: "string", body: []byte(`"` + marker + `"`)},
		{name: "blank", body: []byte(` `)},
		{name: "text", body: []byte(marker)},
		{name: "truncated", body: []byte(`{"order_id":"` + marker)},
		{name: "trailing", body: []byte(`{} ` + marker)},
		{name: "deep", body: deep(20_002)},
		{name: "not_UTF8", body: []byte("{\"customerName\":\"" + marker + "\xff\"}")},
		{name: "control_character", body: []byte("{\"customerName\":\"" + marker + "\x01\"}")},
	}
	for path, attributes := range map[string]map[string]string{notifyPath: nil, receivePath: neem("status"), platformPath: nil} {
		for _, c := range data {
			t.Run(path[1:]+"_"+c.name, func(t *testing.T) {
				r.refused(t, request{method: http.MethodPost, path: path, body: wrapped(c.body, attributes)}, want{http.StatusBadRequest, "message.data"})
			})
			names := "message.data"
			if c.name == "not_UTF8" {
				names = "UTF-8" // data and body are one
			}
			t.Run(path[1:]+"_unwrapped_"+c.name, func(t *testing.T) {
				header := map[string]string{"X-Goog-Pubsub-Message-Id": "1", "X-Goog-Pubsub-Publish-Time": "2024-02-13T10:00:00Z"}
				maps.Copy(header, attributes)
				r.refused(t, request{method: http.MethodPost, path: path, header: header, body: c.body}, want{http.StatusBadRequest, names})
			})
		}
	}
}

// TestPushEnvelopes sends envelopes that are JSON and no push.
func TestPushEnvelopes(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	encoded := base64.StdEncoding.EncodeToString([]byte(`{}`))
	cases := []struct{ name, body, names string }{
		{"message_is_text", `{"message":"` + marker + `"}`, "message"},
		{"message_is_null", `{"message":null}`, "message"},
		{"message_is_array", `{"message":[]}`, "message"},
		{"message_is_empty", `{"message":{}}`, "message.data"},
		{"data_is_number", `{"message":{"data":12}}`, "message.data"},
		{"data_is_object", `{"message":{"data":{"a":"` + marker + `"}}}`, "message"},
		{"data_is_no_base64", `{"message":{"data":"%%` + marker + `"}}`, "message.data"},
		{"attributes_are_text", `{"message":{"data":"` + encoded + `","attributes":"` + marker + `"}}`, "message.attributes"},
		{"attribute_is_number", `{"message":{"data":"` + encoded + `","attributes":{"a":1}}}`, "message.attributes"},
		{"id_is_object", `{"message":{"data":"` + encoded + `","messageId":{}}}`, "message.messageId"},
		{"time_is_text", `{"message":{"data":"` + encoded + `","publishTime":"` + marker + `"}}`, "message.publishTime"},
		{"time_is_absurd", `{"message":{"data":"` + encoded + `","publishTime":"2024-13-41T25:61:61Z"}}`, "message.publishTime"},
		{"attempt_is_text", `{"message":{"data":"` + encoded + `"},"deliveryAttempt":"` + marker + `"}`, "deliveryAttempt"},
		{"attempt_overflows", `{"message":{"data":"` + encoded + `"},"deliveryAttempt":99999999999999999999}`, "deliveryAttempt"},
		{"subscription_is_array", `{"message":{"data":"` + encoded + `"},"subscription":["` + marker + `"]}`, "subscription"},
	}
	for _, path := range []string{notifyPath, receivePath, platformPath} {
		for _, c := range cases {
			t.Run(path[1:]+"_"+c.name, func(t *testing.T) {
				r.refused(t, request{method: http.MethodPost, path: path, body: []byte(c.body)}, want{http.StatusBadRequest, c.names})
			})
		}
	}
}

// TestPushAttributes sends sound data under attributes that name nobody.
func TestPushAttributes(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	status := []byte(`{"kind":"status","receivedAt":1707818441000,"status":{"ids":["a"],"status":"sent","recipient":"919000079999"}}`)
	reply := []byte(`{"kind":"reply","reply":{"id":"a","from":"919000079999","type":"text","text":"` + marker + `"}}`)
	raw := []byte(`{"type":"` + marker + `"}`)
	without := func(name, kind string) map[string]string {
		a := neem(kind)
		delete(a, name)
		return a
	}
	with := func(name, value, kind string) map[string]string {
		a := neem(kind)
		a[name] = value
		return a
	}
	cases := []struct {
		name       string
		data       []byte
		attributes map[string]string
		names      string
	}{
		{"status_without_app", status, without("app", "status"), "message.attributes.app"},
		{"reply_without_app", reply, without("app", "reply"), "message.attributes.app"},
		{"app_is_long", status, with("app", strings.Repeat("a", 2000), "status"), "message.attributes.app"},
		{"app_is_a_path", status, with("app", "../"+marker, "status"), "message.attributes.app"},
		{"account_is_a_path", status, with("account", "a/b/"+marker, "status"), "message.attributes.account"},
		{"account_is_long", reply, with("account", strings.Repeat("1", 2000), "reply"), "message.attributes.account"},
		{"raw_without_provider", raw, without("provider", "raw"), "message.attributes.provider"},
		{"raw_of_unknown_provider", raw, with("provider", marker, "raw"), "message.attributes.provider"},
		{"no_attributes", status, nil, "message.attributes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.refused(t, request{method: http.MethodPost, path: receivePath, body: wrapped(c.data, c.attributes)}, want{http.StatusBadRequest, c.names})
		})
	}
	t.Run("unwrapped_not_UTF8", func(t *testing.T) {
		header := neem("status")
		header["X-Goog-Pubsub-Message-Id"], header["app"] = "1", "\xff\xfe"
		r.refused(t, request{method: http.MethodPost, path: receivePath, header: header, body: status}, want{http.StatusBadRequest, "message.attributes.app"})
	})
}

// TestPushValues sends events whose values are of the right type and out of all bounds.
func TestPushValues(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	long := strings.Repeat("x", 4<<20)
	cases := []struct{ name, data, kind, names string }{
		{"time_overflows", `{"kind":"heartbeat","at":99999999999999999999}`, "heartbeat", "message.data"},
		{"time_is_after_all", `{"kind":"reply","at":9223372036854775807,"reply":{"id":"a","from":"919000079999","type":"text"}}`, "reply", "message.data.at"},
		{"time_is_before_all", `{"kind":"reply","at":-9223372036854775808,"reply":{"id":"a","from":"919000079999","type":"text"}}`, "reply", "message.data.at"},
		{"received_is_after_all", `{"kind":"status","receivedAt":9223372036854775807,"status":{"ids":["a"],"status":"sent"}}`, "status", "message.data.receivedAt"},
		{"id_is_long", `{"kind":"status","status":{"ids":["` + long + `"],"status":"sent"}}`, "status", "message.data.status.ids"},
		{"many_ids", `{"kind":"status","status":{"ids":["a"` + strings.Repeat(`,"a"`, 200) + `],"status":"sent"}}`, "status", "message.data.status.ids"},
		{"context_id_is_long", `{"kind":"reply","reply":{"id":"a","type":"text","contextIds":["` + long + `"]}}`, "reply", "message.data.reply.contextIds"},
		{"reply_id_is_long", `{"kind":"reply","reply":{"id":"` + long + `","type":"text"}}`, "reply", "message.data.reply.id"},
		{"reply_text_is_long", `{"kind":"reply","reply":{"id":"a","type":"text","text":"` + long + `"}}`, "reply", "message.data.reply"},
		{"template_id_is_long", `{"kind":"template","template":{"id":"` + long + `","change":"status","status":"PAUSED"}}`, "template", "message.data.template"},
		{"no_kind", `{"at":1}`, "status", "message.data.kind"},
		{"unheard_kind", `{"kind":"` + marker + `"}`, "status", "message.data.kind"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.refused(t, request{method: http.MethodPost, path: receivePath, body: wrapped([]byte(c.data), neem(c.kind))}, want{http.StatusBadRequest, c.names})
		})
	}
}
