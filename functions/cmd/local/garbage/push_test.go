package garbage_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"
)

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
				q := request{method: http.MethodPost, path: path, body: wrapped(c.body, attributes)}
				if path != platformPath {
					r.buried(t, q, c.body, "message.data")
					return
				}
				r.refused(t, q, want{http.StatusBadRequest, "message.data"})
			})
			names := "message.data"
			if c.name == "not_UTF8" {
				names = "UTF-8" // data and body are one
			}
			t.Run(path[1:]+"_unwrapped_"+c.name, func(t *testing.T) {
				header := map[string]string{"X-Goog-Pubsub-Message-Id": "1", "X-Goog-Pubsub-Publish-Time": "2024-02-13T10:00:00Z"}
				maps.Copy(header, attributes)
				q := request{method: http.MethodPost, path: path, header: header, body: c.body}
				if path != platformPath && names == "message.data" {
					r.buried(t, q, c.body, names)
					return
				}
				r.refused(t, q, want{http.StatusBadRequest, names})
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
			r.buried(t, request{method: http.MethodPost, path: receivePath, body: wrapped(c.data, c.attributes)}, c.data, c.names)
		})
	}
	t.Run("unwrapped_not_UTF8", func(t *testing.T) {
		header := neem("status")
		header["X-Goog-Pubsub-Message-Id"], header["app"] = "1", "\xff\xfe"
		r.buried(t, request{method: http.MethodPost, path: receivePath, header: header, body: status}, status, "message.attributes.app")
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
			q := request{method: http.MethodPost, path: receivePath, body: wrapped([]byte(c.data), neem(c.kind))}
			r.buried(t, q, []byte(c.data), c.names)
		})
	}
}
