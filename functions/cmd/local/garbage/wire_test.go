package garbage_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/forge"
)

// TestPaths sends paths that a proxy, a log or a document's name could take for something else.
func TestPaths(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	long := strings.Repeat("9", 10_000)
	cases := []struct {
		name, method, path string
		want
	}{
		{"order_missing", "GET", world.OrderPath, want{404, "path"}},
		{"order_without_slash", "GET", strings.TrimSuffix(world.OrderPath, "/"), want{404, "path"}},
		{"order_slash_after", "GET", world.OrderPath + "51230077/", want{404, "path"}},
		{"order_two_parts", "POST", world.OrderPath + "51230077/" + marker, want{404, "path"}},
		{"order_escaped_slash", "GET", world.OrderPath + marker + "%2F51230077", want{400, "order_id"}},
		{"order_escaped_dots", "GET", world.OrderPath + "%2e%2e%2f" + marker, want{404, "path"}},
		{"order_escaped_twice", "GET", world.OrderPath + "%252e%252e" + marker, want{400, "order_id"}},
		{"order_dot", "GET", world.OrderPath + "%2e", want{404, "path"}},
		{"order_dots", "GET", world.OrderPath + "..", want{404, "path"}},
		{"order_climbs", "GET", world.OrderPath + "../../" + marker, want{404, "path"}},
		{"order_twice_slash", "GET", world.OrderPath + "/51230077", want{404, "path"}},
		{"order_NUL", "POST", world.OrderPath + marker + "%00", want{400, "order_id"}},
		{"order_newline", "GET", world.OrderPath + marker + "%0d%0aSet-Cookie:x", want{400, "order_id"}},
		{"order_blank", "GET", world.OrderPath + marker + "%20", want{400, "order_id"}},
		{"order_not_UTF8", "GET", world.OrderPath + marker + "%ff", want{400, "order_id"}},
		{"order_raw_bytes", "GET", world.OrderPath + marker + "\xff\xfe", want{400, "order_id"}},
		{"order_letters_of_elsewhere", "GET", world.OrderPath + marker + "%E0%A5%A7", want{400, "order_id"}},
		{"order_semicolon", "GET", world.OrderPath + "51230077;" + marker, want{400, "order_id"}},
		{"order_colon", "GET", world.OrderPath + "811:" + marker, want{400, "order_id"}},
		{"order_long", "GET", world.OrderPath + long, want{400, "order_id"}},
		{"webhook_nobody", "POST", "/webhook/", want{404, "webhook"}},
		{"webhook_without_slash", "POST", "/webhook", want{404, "path"}},
		{"brandapi_without_slash", "GET", "/brandapi", want{404, "path"}},
		{"webhook_without_token", "POST", "/webhook/gupshup", want{404, "webhook"}},
		{"webhook_empty_token", "POST", "/webhook/gupshup/", want{404, "webhook"}},
		{"webhook_twice_slash", "POST", "/webhook/gupshup//" + marker, want{404, "path"}},
		{"webhook_climbs", "POST", "/webhook/gupshup/../" + marker, want{404, "path"}},
		{"webhook_escaped_slash", "POST", r.webhook + "%2F" + marker, want{404, "webhook"}},
		{"webhook_two_tokens", "POST", r.webhook + "/" + marker, want{404, "webhook"}},
		{"webhook_NUL", "POST", r.webhook + "%00", want{404, "webhook"}},
		{"webhook_not_UTF8", "POST", "/webhook/gupshup/%ff%fe" + marker, want{404, "webhook"}},
		{"webhook_unknown_token", "POST", "/webhook/gupshup/" + marker, want{404, "webhook"}},
		{"webhook_lower_case", "POST", strings.ToLower(r.webhook), want{404, "webhook"}},
		{"webhook_part_of_token", "POST", r.webhook[:len(r.webhook)-1], want{404, "webhook"}},
		{"webhook_long_token", "POST", "/webhook/gupshup/" + marker + long, want{404, "webhook"}},
		{"webhook_unknown_provider", "POST", strings.Replace(r.webhook, "gupshup", marker, 1), want{404, "webhook"}},
		{"webhook_provider_in_capitals", "POST", strings.Replace(r.webhook, "gupshup", "GUPSHUP", 1), want{404, "webhook"}},
		{"webhook_looked_for", "GET", "/webhook/" + marker + "/x", want{404, "webhook"}},
		{"webhook_token_of_another_provider", "POST", strings.Replace(r.webhook, "gupshup", "meta", 1), want{404, "webhook"}},
		{"webhook_token_of_kaleyra", "GET", strings.Replace(r.kaleyra, "kaleyra", "meta", 1), want{404, "webhook"}},
		{"webhook_of_who_has_none", "POST", strings.Replace(r.meta, "meta", "businessonbot", 1), want{404, "webhook"}},
		{"push_unknown", "POST", "/push/" + marker, want{404, "path"}},
		{"push_slash_after", "POST", notifyPath + "/", want{404, "path"}},
		{"unknown", "GET", "/" + marker, want{404, "path"}},
		{"inbox_no_phone", "GET", "/local/inbox/" + marker, want{400, "phone"}},
		{"inbox_NUL", "GET", "/local/inbox/%00", want{400, "phone"}},
		{"inbox_not_UTF8", "GET", "/local/inbox/%ff" + marker, want{400, "phone"}},
		{"inbox_long", "GET", "/local/inbox/" + long, want{400, "phone"}},
		{"inbox_missing", "GET", "/local/inbox/", want{404, "path"}},
		{"reply_no_phone", "POST", "/local/inbox/" + marker + "/reply", want{400, "phone"}},
		{"reply_elsewhere", "POST", inboxPath + "/" + marker, want{404, "path"}},
		{"send_log_of_nothing", "GET", "/local/send-log", want{400, "orderId"}},
		{"send_log_not_UTF8", "GET", "/local/send-log?orderId=%ff" + marker, want{400, "orderId"}},
		{"send_log_long", "GET", "/local/send-log?orderId=" + marker + long, want{400, "orderId"}},
		{"send_log_bad_escape", "GET", "/local/send-log?orderId=%zz" + marker, want{400, "orderId"}},
		{"send_log_semicolon", "GET", "/local/send-log?a;orderId=" + marker, want{400, "orderId"}},
		{"event_resource_not_UTF8", "POST", eventsPath + "?resource=%ff" + marker, want{400, "resource"}},
		{"event_subtype_long", "POST", eventsPath + "?eventSubType=" + marker + long, want{400, "eventSubType"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			q := request{method: c.method, path: c.path}
			if c.method == http.MethodPost {
				q.body = []byte(`{"a":"` + marker + `"}`)
			}
			r.refused(t, q, c.want)
		})
	}
	// What net/http itself refuses never reaches us: no problem body, and nothing of ours can be named.
	for name, path := range map[string]string{"bad_escape": world.OrderPath + "%zz" + marker, "control": world.OrderPath + marker + "\x01"} {
		t.Run("not_HTTP_"+name, func(t *testing.T) {
			before, logged := r.state(t), r.Logs.Len()
			a := r.send(t, request{method: http.MethodGet, path: path})
			if a.status != http.StatusBadRequest {
				t.Errorf("got %d, want 400", a.status)
			}
			if r.state(t) != before {
				t.Error("state changed")
			}
			r.silent(t, a, logged)
		})
	}
}

// TestType: the portal's route takes JSON only, since a page of anywhere may post a form without the browser asking us.
// Callbacks and pushes are judged by what they hold: their types differ by provider and subscription.
func TestType(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	for _, media := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", marker,
		"application/json; charset=utf-16", "application/json; charset=" + marker, "application/jsonp", "application/json; =", "*/*", "json",
	} {
		t.Run("subscribe_"+media, func(t *testing.T) {
			q := request{method: http.MethodPost, path: world.OrderPath + "51230077", body: portalBody(), header: map[string]string{"Content-Type": media}}
			r.refused(t, q, want{http.StatusUnsupportedMediaType, ""})
		})
	}
	for _, e := range r.endpoints()[1:] {
		t.Run(e.name, func(t *testing.T) {
			a := r.send(t, e.with(request{body: e.sound, header: map[string]string{"Content-Type": "text/plain"}}))
			if a.status/100 != 2 {
				t.Errorf("got %d, want 2xx; body %s", a.status, clip(a.body))
			}
		})
	}
}

// TestCutBodies sends less than was announced: by hanging up, and by falling silent.
func TestCutBodies(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	body := []byte(`{"contactPhone":"` + marker + `"`)
	for _, e := range r.endpoints() {
		t.Run(e.name+"_hung_up", func(t *testing.T) {
			r.refused(t, e.with(request{body: body, short: true}), want{http.StatusBadRequest, "ended early"})
		})
		t.Run(e.name+"_hung_up_when_whole", func(t *testing.T) {
			r.refused(t, e.with(request{body: e.sound, short: true}), want{http.StatusBadRequest, "ended early"})
		})
	}
	r = newRig(t, brief())
	for _, e := range r.endpoints()[:6] { // those under /local wait for 30 s
		t.Run(e.name+"_stalled", func(t *testing.T) {
			began := time.Now()
			r.refused(t, e.with(request{body: body, stalled: true}), want{http.StatusRequestTimeout, "in time"})
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %s, want the route's own timeout", took)
			}
		})
	}
}

// TestForgedPushes forges an event, a shopper's STOP and a call of sweep, with every token that is wrong and with none: nothing
// is written, published or sent. With the right token the same pushes are taken.
func TestForgedPushes(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	stop := `{"kind":"reply","at":1707818441000,"receivedAt":1707818441000,"reply":{"id":"forged-1","from":"919000000001","type":"text","text":"STOP"}}`
	bodies := map[string][]byte{
		notifyPath:  wrapped(fixture(t, "events/shipment-failed_delivery.json"), nil),
		receivePath: wrapped([]byte(stop), neem("reply")),
		sweepPath:   nil,
	}
	forged := map[string]string{"none": "", "old_form": "Bearer local-oidc:" + world.PushAccount + ":" + world.PushAudience, "marker": "Bearer " + marker}
	for _, f := range forge.Tokens(t, r.Cloud.Tokens(), world.PushAccount, world.PushAudience, time.Now()) {
		forged[f.Name] = "Bearer " + f.Value
	}
	good := r.PushToken()
	for path, body := range bodies {
		for name, value := range forged {
			t.Run(path[1:]+"_"+name, func(t *testing.T) {
				q := request{method: http.MethodPost, path: path, header: map[string]string{authorization: value}, body: body}
				r.refused(t, q, want{http.StatusUnauthorized, "credentials"})
			})
		}
		for _, parameter := range []string{"access_token", "token", "id_token"} {
			t.Run(path[1:]+"_"+parameter+"_in_the_url", func(t *testing.T) {
				q := request{method: http.MethodPost, path: path + "?" + parameter + "=" + good, header: map[string]string{authorization: ""}, body: body}
				r.refused(t, q, want{http.StatusUnauthorized, "credentials"})
			})
		}
		t.Run(path[1:]+"_in_another_header", func(t *testing.T) {
			header := map[string]string{authorization: "", "X-Push-Token": good, "X-Serverless-Authorization": "Bearer " + good}
			r.refused(t, request{method: http.MethodPost, path: path, header: header, body: body}, want{http.StatusUnauthorized, "credentials"})
		})
	}
	for path, body := range bodies {
		if a := r.send(t, request{method: http.MethodPost, path: path, body: body}); a.status != http.StatusNoContent {
			t.Errorf("%s with the right token: got %d, want 204; body %s", path, a.status, clip(a.body))
		}
	}
	r.quietAbout(t, good)
	r.quietAbout(t, good[:len(good)/2])
	r.quietAbout(t, world.PushAccount)
}

// TestOrderLink: with ORDER_LINK_KEY set, both routes of an order need the link's token.
func TestOrderLink(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	const key = "order-link-key-for-tests-0123456789"
	r := newRig(t, map[string]string{"ORDER_LINK_KEY": key})
	now := time.Now()
	sign := func(key, order string, at time.Time) string {
		return subscribe.SignOrderLink(config.NewSecret(key), order, at)
	}
	good := sign(key, "51230077", now.Add(time.Hour))
	sum, expiry, _ := strings.Cut(good, ".")
	cases := map[string]string{
		"missing": "", "wrong": marker, "shape_only": strings.Repeat("A", 43) + "." + expiry, "expired": sign(key, "51230077", now.Add(-time.Second)),
		"long_expired": sign(key, "51230077", time.Unix(0, 0)), "of_another_order": sign(key, "51230078", now.Add(time.Hour)),
		"of_another_key": sign(key+"x", "51230077", now.Add(time.Hour)), "expiry_moved": sum + "." + expiry + "0", "no_expiry": sum, "empty_expiry": sum + ".",
		"expiry_overflows": sum + ".99999999999999999999", "negative": sum + ".-1", "cut": good[1:], "long": good + strings.Repeat("0", 10_000),
		"padded": sum + "=." + expiry, "NUL": sum + "%00." + expiry, "not_UTF8": "%ff." + expiry, "bad_escape": "%zz" + good, "upper_case": strings.ToUpper(good),
	}
	for name, token := range cases {
		for _, q := range []request{{method: http.MethodGet}, {method: http.MethodPost, body: portalBody()}} {
			t.Run(q.method+"_"+name, func(t *testing.T) {
				q.path = world.OrderPath + "51230077?token=" + token
				r.refused(t, q, want{http.StatusUnauthorized, "token"})
			})
		}
	}
	if a := r.send(t, request{method: http.MethodGet, path: world.OrderPath + "51230077?token=" + good}); a.status != http.StatusOK {
		t.Errorf("right token: got %d, want 200; body %s", a.status, clip(a.body))
	}
	r.quietAbout(t, key)
	r.quietAbout(t, good)
}

// quietAbout fails if a secret of the configuration was logged.
func (r *rig) quietAbout(t *testing.T, secret string) {
	t.Helper()
	if strings.Contains(r.Logs.String(), secret) {
		t.Errorf("the log holds a secret of the configuration")
	}
}

// TestHeaders sends headers that no proxy would.
func TestHeaders(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	cases := map[string]map[string]string{
		"trace":         {"Traceparent": "00-" + marker + "-" + marker + "-01"},
		"cloud_trace":   {"X-Cloud-Trace-Context": marker + "/1;o=1"},
		"origin":        {"Origin": "https://" + marker + ".example.com"},
		"authorization": {"Authorization": "Bearer " + marker},
		"cookie":        {"Cookie": "session=" + marker},
		"agent":         {"User-Agent": marker},
		"forwarded":     {"X-Forwarded-For": marker, "Forwarded": "for=" + marker},
		"not_UTF8":      {"X-Odd": "\xff\xfe" + marker},
		"override":      {"X-Http-Method-Override": "DELETE", "X-Odd": marker},
	}
	for _, e := range r.endpoints() {
		for name, header := range cases {
			t.Run(e.name+"_"+name, func(t *testing.T) {
				all := maps.Clone(header)
				all["Content-Type"] = "application/json"
				w := want{http.StatusBadRequest, "JSON"}
				if all[authorization] != "" && (e.path == notifyPath || e.path == receivePath) {
					w = want{http.StatusUnauthorized, "credentials"}
				}
				body := []byte(`{"a":`)
				if e.raw {
					body, w.names = nil, "body"
				}
				if all["Origin"] != "" && (strings.HasPrefix(e.path, "/local/") || strings.HasPrefix(e.path, "/push/")) {
					w = want{http.StatusForbidden, "somebody else"} // of a local run, no page of others may ask for these
				}
				r.refused(t, e.with(request{header: all, body: body}), w)
			})
		}
	}
}
