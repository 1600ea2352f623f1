package garbage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
)

const (
	brandPath   = "/brandapi"
	guestHeader = "X-Guest-Id"
)

// callbackOf is a provider's callback of the fixtures.
func callbackOf(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// guest is the key of BusinessOnBot's bot.
func (r *rig) guest() map[string]string {
	return map[string]string{guestHeader: r.Secret(lab.GuestPrefix + demo.AniseApp)}
}

func cancelBody(id string) []byte {
	return []byte(`{"id":"` + id + `","cancellationReason":"` + marker + `","cancelledBy":"bot"}`)
}

// doneAction is a sound message of order-actions that changes nothing: the order is cancelled already.
func (r *rig) doneAction() []byte {
	r.Helper()
	const id = "51239999"
	r.Simulator.Platform().PutOrder(id, bytes.ReplaceAll(fixture(r.T, "orders/"+demo.OmarOrder+".json"), []byte(demo.OmarOrder), []byte(id)))
	data := []byte(`{"id":"815:` + id + `","action":"cancel_order","version":"v1","accountId":"815","accountSlug":"anise-foods",` +
		`"orderId":"` + id + `","customerOrderNumber":"","reason":"` + marker + `","actor":"bot","mode":"whatsapp","source":"businessonbot",` +
		`"requestedAt":"2026-11-20T04:50:12Z"}`)
	if _, err := r.Simulator.Platform().Act(data); err != nil {
		r.Fatal(err)
	}
	return data
}

// brandCase is a call of the bot's that must be refused, with the documented status and text.
type brandCase struct {
	name string
	request
	status int
	text   string
}

// brandRefused makes a call that must be refused: in the documented shape, with nothing done but, for a caller that is
// known, one line in the record of calls.
func (r *rig) brandRefused(t *testing.T, c brandCase) {
	t.Helper()
	before, logged := r.state(t), r.Logs.Len()
	a := r.send(t, c.request)
	after := r.state(t)
	records := int64(1)
	if c.status == http.StatusUnauthorized {
		records = 0
	}
	if after.writes != before.writes+records || after.published != before.published || after.accepted != before.accepted {
		t.Errorf("state changed beyond the record: got %+v, want %d record(s) more than %+v", after, records, before)
	}
	if records == 0 && after.documents != before.documents {
		t.Error("documents changed")
	}
	want := fmt.Sprintf(`{"status":"failure","statusCode":%d,"error":%q}`, c.status, c.text)
	if c.method == http.MethodHead {
		want = ""
	}
	if a.status != c.status || strings.TrimSpace(string(a.body)) != want {
		t.Errorf("got %d %s, want %d %s", a.status, clip(a.body), c.status, want)
	}
	r.silent(t, a, logged)
}

// TestBrandAPIKeys: a caller who lacks the key of an account learns nothing, and leaves nothing.
func TestBrandAPIKeys(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	key := r.Secret(lab.GuestPrefix + demo.AniseApp)
	for name, header := range map[string]map[string]string{
		"none": {}, "wrong": {guestHeader: marker}, "cut": {guestHeader: key[1:]}, "longer": {guestHeader: key + "0"}, "lower": {guestHeader: strings.ToLower(key)},
		"long": {guestHeader: strings.Repeat(key, 100)}, "twice": {guestHeader: key, "x-guest-id": key}, "bearer": {"Authorization": "Bearer " + key},
		"the_other_way": {guestHeader: r.Secret("businessonbot-anise-guest-key")}, "not_UTF8": {guestHeader: "\xff" + marker}, "in_a_cookie": {"Cookie": "x-guest-id=" + key},
	} {
		for _, q := range []request{
			{method: http.MethodGet, path: brandPath + "/order/" + demo.OmarOrder},
			{method: http.MethodGet, path: brandPath + "/get-orders/9000079999"},
			{method: http.MethodGet, path: brandPath + "/personal-details/9000079999"},
			{method: http.MethodGet, path: brandPath + "/personal-details?email=" + marker + "%40example.test"},
			{method: http.MethodPost, path: brandPath + "/cancel-order", body: cancelBody(demo.OmarOrder)},
			{method: http.MethodDelete, path: brandPath + "/" + marker},
		} {
			t.Run(name+"_"+q.method+"_"+strings.Split(q.path, "/")[2][:5], func(t *testing.T) {
				q.header = header
				r.brandRefused(t, brandCase{request: q, status: http.StatusUnauthorized, text: "Unauthorized!!"})
			})
		}
	}
	r.quietAbout(t, key)
}

// TestBrandAPIPaths sends the bot's key with paths and methods that are wrong.
func TestBrandAPIPaths(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	long := strings.Repeat("9", 5000)
	const missing, notAllowed = "Not Found!!", "Method Not Allowed!!"
	get := func(name, path string, status int, text string) brandCase {
		return brandCase{name, request{method: http.MethodGet, path: brandPath + path}, status, text}
	}
	cases := []brandCase{
		get("root", "/", 404, missing), get("unknown", "/"+marker, 404, missing), get("no_order", "/order", 404, missing),
		get("empty_order", "/order/", 404, missing), get("two_orders", "/order/1/"+marker, 404, missing), get("case", "/Order/1", 404, missing),
		get("empty_phone", "/get-orders/", 404, missing), get("no_phone", "/get-orders", 404, missing), get("cancel_of", "/cancel-order/1", 404, missing),
		get("order_unknown", "/order/99999999", 400, "Bad Request!!"), get("order_of_another", "/order/"+demo.IraOrder, 400, "Bad Request!!"),
		get("order_word", "/order/"+marker, 400, "Bad Request!!"), get("order_long", "/order/"+marker+long, 400, "Bad Request!!"),
		get("order_NUL", "/order/"+marker+"%00", 400, "Bad Request!!"), get("order_not_UTF8", "/order/"+marker+"%ff", 400, "Bad Request!!"),
		get("order_slash", "/order/815%2F"+marker, 400, "Bad Request!!"), get("order_newline", "/order/"+marker+"%0d%0aSet-Cookie:x", 400, "Bad Request!!"),
		get("order_hash", "/order/%23"+marker, 400, "Bad Request!!"), get("order_blank", "/order/%20", 400, "Bad Request!!"),
		get("phone_word", "/get-orders/"+marker, 400, "Bad Request!!"), get("phone_user_id", "/get-orders/IN.9000079999", 400, "Bad Request!!"), get("person_user_id", "/personal-details/IN.9000079999", 400, "Bad request!!"),
		get("person_whatsapp_address", "/personal-details/whatsapp:+919000079999", 400, "Bad request!!"), get("phone_long", "/get-orders/"+long, 400, "Bad Request!!"),
		get("phone_not_UTF8", "/get-orders/%ff"+marker, 400, "Bad Request!!"), get("person_word", "/personal-details/"+marker, 400, "Bad request!!"),
		get("person_unknown", "/personal-details/9000079999", 400, "Bad request!!"), get("person_none", "/personal-details", 400, "Bad request!!"),
		get("email_empty", "/personal-details?email=", 400, "Bad request!!"), get("email_word", "/personal-details?email="+marker, 400, "Bad request!!"),
		get("email_unknown", "/personal-details?email="+marker+"@example.test", 400, "Bad request!!"),
		get("email_long", "/personal-details?email="+marker+"@"+long, 400, "Bad request!!"), get("email_bad_escape", "/personal-details?email=%zz"+marker, 400, "Bad request!!"),
		get("email_control", "/personal-details?email="+marker+"%0a@x.test", 400, "Bad request!!"), get("cancel", "/cancel-order?id="+marker, 405, notAllowed),
	}
	for _, method := range []string{"HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", marker} {
		for _, path := range []string{"/order/" + demo.OmarOrder, "/personal-details/9000079999", "/personal-details?email=" + marker, "/get-orders/9000079999"} {
			cases = append(cases, brandCase{method + strings.Split(path, "/")[1][:5], request{method: method, path: brandPath + path}, 405, notAllowed})
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.header = r.guest()
			r.brandRefused(t, c)
		})
	}
}

// TestBrandAPICancel sends cancellations that are none.
func TestBrandAPICancel(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	const refusal = "Bad payload!!"
	post := func(name string, body []byte) brandCase {
		return brandCase{name, request{method: http.MethodPost, path: brandPath + "/cancel-order", body: body, header: r.guest()}, 400, refusal}
	}
	var cases []brandCase
	for _, c := range bodyCases() {
		one := post(c.name, c.body)
		maps.Copy(one.header, c.header)
		cases = append(cases, one)
		if len(c.body) > 0 {
			one.name, one.chunked = c.name+"_chunked", true
			cases = append(cases, one)
		}
	}
	long := strings.Repeat("x", 1000)
	for name, body := range map[string]string{
		"empty_object": `{}`, "id_missing": `{"cancellationReason":"x","cancelledBy":"bot"}`, "id_null": `{"id":null,"cancellationReason":"x","cancelledBy":"bot"}`,
		"id_empty": `{"id":"","cancellationReason":"x","cancelledBy":"bot"}`, "id_float": `{"id":1.5,"cancellationReason":"x","cancelledBy":"bot"}`,
		"id_array": `{"id":["` + marker + `"],"cancellationReason":"x","cancelledBy":"bot"}`, "id_long": string(cancelBody(marker + long)),
		"id_path": string(cancelBody("../" + marker)), "id_of_another": string(cancelBody(demo.IraOrder)), "id_unknown": string(cancelBody("99999999")),
		"reason_missing": `{"id":"1","cancelledBy":"bot"}`, "reason_number": `{"id":"1","cancellationReason":1,"cancelledBy":"bot"}`,
		"by_customer": `{"id":"1","cancellationReason":"x","cancelledBy":"` + marker + `"}`, "by_missing": `{"id":"1","cancellationReason":"` + marker + `"}`,
		"too_large": string(padded(cancelBody("1"), 64<<10+1)),
	} {
		cases = append(cases, post(name, []byte(body)))
	}
	cut := post("hung_up", cancelBody(demo.OmarOrder))
	cut.short = true
	typed := post("type", cancelBody(demo.OmarOrder))
	typed.header["Content-Type"] = "text/plain"
	for _, c := range append(cases, cut, typed) {
		t.Run(c.name, func(t *testing.T) { r.brandRefused(t, c) })
	}
	if got := r.Simulator.BusinessOnBot().Inbox(); len(got) != 0 {
		t.Errorf("the bot was told %d times, want none", len(got))
	}
}

// TestSignatures: what is not signed by the provider is not looked at.
func TestSignatures(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	body := bytes.ReplaceAll(callbackOf(t, "meta/webhook/text.json"), []byte("asha.example"), []byte(marker))
	good := r.SignMeta(body)["X-Hub-Signature-256"]
	secret := r.Secret("kaleyra-jasmine-callback-secret")
	cases := map[string]struct {
		path   string
		header map[string]string
	}{
		"meta_none": {r.meta, nil}, "meta_wrong": {r.meta, r.SignMeta(append(body, ' '))}, "meta_cut": {r.meta, map[string]string{"X-Hub-Signature-256": good[:70]}},
		"meta_sha1": {r.meta, map[string]string{"X-Hub-Signature": "sha1=" + marker}}, "meta_bare": {r.meta, map[string]string{"X-Hub-Signature-256": good[7:]}},
		"meta_garbage": {r.meta, map[string]string{"X-Hub-Signature-256": "sha256=" + marker}}, "meta_of_kaleyra": {r.meta, r.SignKaleyra(nil)},
		"meta_long": {r.meta, map[string]string{"X-Hub-Signature-256": good + strings.Repeat("0", 10_000)}}, "kaleyra_none": {r.kaleyra, nil},
		"kaleyra_wrong": {r.kaleyra, map[string]string{kaleyra.CallbackHeader: marker}}, "kaleyra_cut": {r.kaleyra, map[string]string{kaleyra.CallbackHeader: secret[1:]}},
		"kaleyra_lower": {r.kaleyra, map[string]string{kaleyra.CallbackHeader: strings.ToLower(secret)}}, "kaleyra_of_meta": {r.kaleyra, map[string]string{"X-Hub-Signature-256": good}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r.refused(t, request{method: http.MethodPost, path: c.path, header: c.header, body: body}, want{http.StatusUnauthorized, "credentials"})
		})
	}
	for _, name := range []string{"meta-marigold-app-secret", "kaleyra-jasmine-callback-secret"} {
		r.quietAbout(t, r.Secret(name))
	}
}

// TestWebhookQueries sends GETs: handshakes that are not Meta's, and callbacks that are not Kaleyra's.
func TestWebhookQueries(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	long := strings.Repeat("x", 5000)
	forbidden, unknown, malformed := want{403, ""}, want{401, "credentials"}, want{400, "query"}
	signed := r.SignKaleyra(nil)
	cases := []struct {
		name, path, query string
		header            map[string]string
		want
	}{
		{"meta_word", r.meta, marker, nil, forbidden},
		{"meta_no_token", r.meta, "hub.mode=subscribe&hub.challenge=" + marker, nil, forbidden},
		{"meta_wrong_token", r.meta, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + marker, nil, forbidden},
		{"meta_app_secret", r.meta, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + r.Secret("meta-marigold-app-secret"), nil, forbidden},
		{"meta_webhook_token", r.meta, "hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + r.Secret(lab.TokenPrefix+demo.MarigoldApp), nil, forbidden},
		{"meta_long", r.meta, "hub.mode=subscribe&hub.challenge=" + long + "&hub.verify_token=" + long, nil, forbidden},
		{"meta_bad_escape", r.meta, "hub.mode=%zz" + marker, nil, want{200, ""}},
		{"kaleyra_unsigned", r.kaleyra, "id=1&status=READ&mobile=919000079999", nil, unknown},
		{"kaleyra_wrong_secret", r.kaleyra, "id=1&status=READ", map[string]string{kaleyra.CallbackHeader: marker}, unknown},
		{"kaleyra_secret_in_query", r.kaleyra, "id=1&" + strings.ToLower(kaleyra.CallbackHeader) + "=" + signed[kaleyra.CallbackHeader], nil, unknown},
		{"kaleyra_word", r.kaleyra, marker, signed, malformed},
		{"kaleyra_other_names", r.kaleyra, "hub.mode=subscribe&x=" + marker, signed, malformed},
		{"kaleyra_long_names", r.kaleyra, marker + long + "=1", signed, malformed},
		{"kaleyra_not_UTF8", r.kaleyra, "%ff%fe" + marker + "=%ff", signed, malformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			q := request{method: http.MethodGet, path: c.path + "?" + c.query, header: c.header}
			if c.status == http.StatusOK {
				// A query that nobody can read is as none: a look whether the URL is there.
				if a := r.send(t, q); a.status != c.status || len(a.body) != 0 {
					t.Errorf("got %d %s, want 200 and nothing", a.status, clip(a.body))
				}
				return
			}
			r.refused(t, q, c.want)
		})
	}
	// What is Kaleyra's in part is kept, whatever its values are.
	for name, query := range map[string]string{
		"numbers": "id=1e999&status=" + marker + "&timestamp=99999999999999999999", "lists": "messages=" + url.QueryEscape(`[{"from":"`+marker+`"},null,1]`),
		"not_UTF8": "id=%ff&status=%ff" + marker, "long": "id=" + long + "&status=READ&mobile=" + long, "text": "from=" + marker + "&type=text&body=STOP",
	} {
		t.Run("kaleyra_kept_"+name, func(t *testing.T) {
			logged := r.Logs.Len()
			a := r.send(t, request{method: http.MethodGet, path: r.kaleyra + "?" + query, header: signed})
			if a.status != http.StatusOK {
				t.Errorf("got %d, want 200; body %s", a.status, clip(a.body))
			}
			r.Rest()
			r.silent(t, a, logged)
			if lines := faulty(r.Logs.From(logged)); len(lines) > 0 {
				t.Errorf("failures of our own: %q", lines)
			}
		})
	}
}

// TestPlatformActions sends the simulated platform what is no order action, and one that is taken but once.
func TestPlatformActions(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	var sound map[string]any
	if err := json.Unmarshal(r.doneAction(), &sound); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]any{
		"id": "", "action": marker, "version": 2, "accountId": nil, "accountSlug": "neem-and-co", "orderId": "99999999", "requestedAt": marker, "actor": "", "more": marker,
	} {
		t.Run(key, func(t *testing.T) {
			wrong := maps.Clone(sound)
			wrong[key] = value
			data, err := json.Marshal(wrong)
			if err != nil {
				t.Fatal(err)
			}
			r.refused(t, request{method: http.MethodPost, path: platformPath, body: wrapped(data, nil)}, want{http.StatusBadRequest, "message.data"})
		})
	}
	before := r.state(t)
	if a := r.send(t, request{method: http.MethodPost, path: platformPath, body: wrapped(r.doneAction(), nil)}); a.status != http.StatusNoContent {
		t.Errorf("an action that is done: got %d, want 204; body %s", a.status, clip(a.body))
	}
	if after := r.state(t); after != before {
		t.Errorf("an action that is done: state changed: got %+v, want %+v", after, before)
	}
}
