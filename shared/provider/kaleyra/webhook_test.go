package kaleyra

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

// updating is the flag of package conformance.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

func TestCallbackProfile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(testDir(), "callback-profile.json")
	if updating() {
		if err := os.WriteFile(path, CallbackProfile(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(published), string(CallbackProfile())); diff != "" {
		t.Errorf("published profile (-file +package):\n%s", diff)
	}
	var body map[string]string
	if err = json.Unmarshal(CallbackProfile(), &body); err != nil {
		t.Fatalf("profile is no JSON of texts: %v", err)
	}
	if body["profile"] != profileVersion || len(body) != len(profileVariables)+1 {
		t.Errorf("got version %q and %d names, want %q and %d", body["profile"], len(body), profileVersion, len(profileVariables)+1)
	}
	for name, value := range body {
		if name != "profile" && value != "<"+name+">" {
			t.Errorf("%s: got %q", name, value)
		}
	}
	// As it is, without any value, it tells nothing and breaks nothing.
	events, err := New(Config{}).ParseWebhook(provider.App{}, CallbackProfile())
	if err != nil || len(events) != 1 || events[0].Kind != provider.KindIgnored {
		t.Errorf("unfilled profile: got %v, %v, want one ignored event", events, err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	secrets := func(values ...string) []config.Secret {
		var out []config.Secret
		for _, v := range values {
			out = append(out, config.NewSecret(v))
		}
		return out
	}
	header := func(name, value string) http.Header {
		h := http.Header{}
		h.Set(name, value)
		return h
	}
	tests := []struct {
		name    string
		signing []config.Secret
		header  http.Header
		want    error
	}{
		{"right", secrets("one"), header(CallbackHeader, "one"), nil},
		{"any_case_of_the_name", secrets("one"), header("x-WEBHOOK-secret", "one"), nil},
		{"newer_of_two", secrets("two", "one"), header(CallbackHeader, "two"), nil},
		{"older_of_two", secrets("two", "one"), header(CallbackHeader, "one"), nil},
		{"wrong", secrets("two", "one"), header(CallbackHeader, "three"), errWrongSecret},
		{"other_case", secrets("one"), header(CallbackHeader, "One"), errWrongSecret},
		{"beginning", secrets("one"), header(CallbackHeader, "on"), errWrongSecret},
		{"with_blank", secrets("one"), http.Header{CallbackHeader: {"one "}}, errWrongSecret},
		{"missing", secrets("one"), http.Header{}, errWrongSecret},
		{"nil_header", secrets("one"), nil, errWrongSecret},
		{"empty", secrets("one"), header(CallbackHeader, ""), errWrongSecret},
		{"under_another_name", secrets("one"), header("Authorization", "one"), errWrongSecret},
		{"second_value", secrets("one"), http.Header{CallbackHeader: {"x", "one"}}, errWrongSecret},
		{"no_secret", nil, header(CallbackHeader, "one"), errNoSecret},
		{"no_secret_and_no_header", nil, http.Header{}, errNoSecret},
		{"empty_secret", secrets(""), header(CallbackHeader, ""), errNoSecret},
		{"empty_beside_right", secrets("", "one"), header(CallbackHeader, "one"), nil},
		{"empty_beside_missing", secrets("", "one"), http.Header{}, errWrongSecret},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			app := provider.App{ID: "app1", Signing: tc.signing}
			for _, body := range [][]byte{nil, []byte(`{"status":"SENT"}`)} {
				if err := New(Config{}).Verify(app, tc.header, body); !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			}
		})
	}
}

// The key of sends proves no callback: only the secrets for callbacks do.
func TestVerifyTakesNoOtherSecret(t *testing.T) {
	t.Parallel()
	app := testApp()
	if err := New(Config{}).Verify(app, http.Header{CallbackHeader: {testKey}}, nil); !errors.Is(err, errWrongSecret) {
		t.Errorf("API key: got %v, want %v", err, errWrongSecret)
	}
	other := testApp()
	other.Signing = []config.Secret{config.NewSecret("secret-of-another-app")}
	if err := New(Config{}).Verify(app, http.Header{CallbackHeader: {other.Signing[0].Reveal()}}, nil); !errors.Is(err, errWrongSecret) {
		t.Errorf("other app's: got %v, want %v", err, errWrongSecret)
	}
}

// queryFixtures are the callbacks by GET: webhook/<name>.query, one line, with <name>.query.want.json.
func queryFixtures(tb testing.TB) map[string]string {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(testDir(), "webhook", "*.query"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("query fixtures: %v, %v", paths, err)
	}
	queries := map[string]string{}
	for _, path := range paths {
		raw, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			tb.Fatal(err)
		}
		queries[filepath.Base(path)] = strings.TrimSpace(string(raw))
	}
	return queries
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for name, raw := range queryFixtures(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query, err := url.ParseQuery(raw)
			if err != nil {
				t.Fatal(err)
			}
			events, err := New(Config{}).ParseQuery(provider.App{}, query)
			if err != nil {
				t.Fatalf("got %v", err)
			}
			conformance.Sound(t, events)
			got, err := json.MarshalIndent(events, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(testDir(), "webhook", name+".want.json")
			if updating() {
				if err = os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(filepath.Clean(path))
			if diff := cmp.Diff(string(want), string(got)+"\n"); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	for _, query := range []url.Values{nil, {}, {"x": {"y"}}, {"profile": {"1"}}, {"hub.challenge": {"7"}}} {
		if events, err := New(Config{}).ParseQuery(provider.App{}, query); !errors.Is(err, provider.ErrMalformed) {
			t.Errorf("%v: got %v, %v, want %v", query, events, err, provider.ErrMalformed)
		}
	}
}

// TestQueryAndBodyAgree asks both parsers for the same callbacks.
func TestQueryAndBodyAgree(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	compared := 0
	for name, body := range conformance.Fixtures(t, testDir()) {
		var texts map[string]string
		if json.Unmarshal(body, &texts) != nil {
			continue
		}
		query := url.Values{}
		for key, value := range texts {
			query.Set(key, value)
		}
		want, err := p.ParseWebhook(provider.App{}, body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := p.ParseQuery(provider.App{}, query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want[0].Kind == provider.KindUnknown {
			want[0].Raw, got[0].Raw = nil, nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-body +query):\n%s", name, diff)
		}
		compared++
	}
	if compared < 30 {
		t.Errorf("only %d callbacks compared", compared)
	}
}

func TestStatusWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"SENT": "sent", "sent": "sent", "Delivered": "delivered", "READ": "read", "played": "read", "failed": "failed", "NOT-SENT": "failed",
		"not_sent": "failed", "Not Sent": "failed", "notsent": "failed", "SUBMITTED": "", "": "", "unread": "",
	} {
		if got, ok := statusOf(word); string(got) != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", word, got, ok, want)
		}
	}
}

// A message without an id is known again, and two different ones are told apart.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	base := fields{"from": "919000000007", "wanumber": "919000000200", "created_at": "2026-05-28 20:28:25", "type": "text", "body": "STOP"}
	id := base.fingerprint()
	if again := maps.Clone(base).fingerprint(); again != id {
		t.Errorf("same message: got %s and %s", id, again)
	}
	seen := []string{id}
	for name, value := range map[string]string{
		"from": "919000000008", "wanumber": "919000000201", "created_at": "2026-05-28 20:28:26", "type": "button", "body": "STO",
		"message": "P", "custom_response": "P",
	} {
		changed := maps.Clone(base)
		changed[name] = value
		got := changed.fingerprint()
		if slices.Contains(seen, got) {
			t.Errorf("other %s: same id", name)
		}
		seen = append(seen, got)
	}
}

// TestNumbersOfHome reads a shopper's number of ten digits in the country of the app's own, in every shape and from any sender.
func TestNumbersOfHome(t *testing.T) {
	t.Parallel()
	const (
		flatReply = `{"from":"%s","type":"text","body":"STOP","id":"1"}`
		report    = `{"mobile":"%s","status":"DELIVERED","id":"m1"}`
		metas     = `{"messages":[{"from":"%s","id":"1","type":"text","text":{"body":"STOP"}}]}`
		enveloped = `{"entry":[{"changes":[{"field":"messages","value":` + metas + `}]}]}`
		choice    = `{"user_preferences":[{"wa_id":"%s","category":"marketing_messages","value":"stop"}]}`
		call      = `{"entry":[{"changes":[{"field":"calls","value":{"calls":[{"from":"%s","event":"connect"}]}}]}]}`
		moved     = `{"messages":[{"from":"9000000008","id":"1","type":"system","system":{"type":"user_changed_number","wa_id":"%s"}}]}`
		named     = `{"from":"%s","type":"text","body":"STOP","id":"1","wanumber":"+91 90000 00200"}`
	)
	pod := map[string]string{"in": "in", "eu": "eu"}
	tests := []struct{ name, own, body, number, want string }{
		{"ten digits", "919000000200", flatReply, "9000000007", "919000000007"},
		{"ten digits that begin as the code", "919000000200", flatReply, "9198765432", "919198765432"},
		{"whole", "919000000200", flatReply, "919000000007", "919000000007"},
		{"of a report", "919000000200", report, "9000000007", "919000000007"},
		{"in Meta's shape", "919000000200", metas, "9000000007", "919000000007"},
		{"at home in America", "12025550100", flatReply, "2025550199", "12025550199"},
		{"whole, at a number of eight digits", "6560000001", flatReply, "6560000002", "6560000002"},
		{"own number in the callback", "", named, "9000000007", "919000000007"},
		{"own number not known, in India", "in", flatReply, "9000000007", "919000000007"},
		{"own number not known, in Europe", "eu", flatReply, "9000000007", "9000000007"},
		{"nothing known", "", flatReply, "9000000007", "9000000007"},
		{"in Meta's envelope", "919000000200", enveloped, "9000000007", "919000000007"},
		{"with a zero before", "919000000200", flatReply, "09000000007", "919000000007"},
		{"of a preference", "919000000200", choice, "9000000007", "919000000007"},
		{"of a call", "919000000200", call, "9000000007", "919000000007"},
		{"new number", "919000000200", moved, "9000000007", "919000000008 to 919000000007"},
		{"new number, whole", "919000000200", moved, "919000000007", "919000000008 to 919000000007"},
		{"Singapore's, a landline at home", "919000000200", flatReply, "6581234567", "6581234567"},
		{"Singapore's, with a plus", "919000000200", flatReply, "+65 8123 4567", "6581234567"},
		{"Singapore's in Meta's envelope", "919000000200", enveloped, "6581234567", "6581234567"},
		{"Singapore's or a mobile at home", "919000000200", flatReply, "6581834567", "916581834567"},
		{"Fiji's, a landline at home", "919000000200", metas, "6797332345", "6797332345"},
		{"no mobile at home", "919000000200", flatReply, "5000000007", "5000000007"},
		{"whole, at home in America", "12025550100", flatReply, "6581234567", "6581234567"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := provider.App{Number: tt.own}
			if p := pod[tt.own]; p != "" {
				app = provider.App{ProviderIDs: map[string]string{KeyPod: p}}
			}
			body := strings.Replace(tt.body, "%s", tt.number, 1)
			events, err := New(Config{}).ParseWebhook(app, []byte(body))
			if err != nil || len(events) != 1 {
				t.Fatalf("got %d events, %v", len(events), err)
			}
			checkNumber(t, events[0], tt.want)
			if tt.body != flatReply && tt.body != report && tt.body != named {
				return
			}

			var fields map[string]string
			if err = json.Unmarshal([]byte(body), &fields); err != nil {
				t.Fatal(err)
			}
			query := url.Values{}
			for name, value := range fields {
				query.Set(name, value)
			}
			if events, err = New(Config{}).ParseQuery(app, query); err != nil || len(events) != 1 {
				t.Fatalf("by GET: got %d events, %v", len(events), err)
			}
			checkNumber(t, events[0], tt.want)
		})
	}
}

// checkNumber checks the shopper's number of an event.
func checkNumber(t *testing.T, e provider.Event, want string) {
	t.Helper()
	got := ""
	switch {
	case e.Status != nil:
		got = e.Status.Recipient
	case e.Reply != nil:
		got = e.Reply.From
	case e.Preference != nil:
		got = e.Preference.From
	case e.Call != nil:
		got = e.Call.From
	case e.Identity != nil:
		got = e.Identity.PreviousPhone + " to " + e.Identity.Phone
	}
	if got != want {
		t.Errorf("%s: got %s, want %s", e.Kind, got, want)
	}
}

// TestContactOfHome learns the user id of a shopper whose number lacks its calling code on one side only.
func TestContactOfHome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, contact string }{
		"message_without_code": {"9000000007", "919000000007"},
		"contact_without_code": {"919000000007", "9000000007"},
		"both_without_code":    {"9000000007", "9000000007"},
		"message_with_zero":    {"09000000007", "+91 90000 00007"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"messages":[{"from":"` + c.from + `","id":"1","type":"text","text":{"body":"STOP"}}],"contacts":[{"wa_id":"919000000008","user_id":"IN.8"},{"wa_id":"` + c.contact + `","user_id":"IN.7"}]}`
			events, err := New(Config{}).ParseWebhook(provider.App{Number: "919000000200"}, []byte(body))
			if err != nil || len(events) != 1 {
				t.Fatalf("got %d events, %v", len(events), err)
			}
			if r := events[0].Reply; r.From != "919000000007" || r.UserID != "IN.7" {
				t.Errorf("got %s, %s", r.From, r.UserID)
			}
		})
	}
}

// TestSaidAgain holds which flat messages are one: of a message without id and time, what comes again within the minute.
func TestSaidAgain(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 28, 10, 0, 10, 0, time.UTC)
	for name, c := range map[string]struct {
		beside string
		later  time.Duration
		same   bool
	}{
		"nothing_beside_at_once":          {``, 0, true},
		"nothing_beside_in_the_minute":    {``, 40 * time.Second, true},
		"nothing_beside_minutes_later":    {``, 2 * time.Minute, false},
		"nothing_beside_a_day_later":      {``, 48 * time.Hour, false},
		"placeholders":                    {`,"id":"<id>","created_at":"<created_at>","timestamp":"<timestamp>"`, 2 * time.Minute, false},
		"placeholders_of_other_names":     {`,"id":"<message_id>","created_at":"<TIME>"`, 2 * time.Minute, false},
		"words_for_nothing":               {`,"id":"null","created_at":"undefined","timestamp":null`, 2 * time.Minute, false},
		"day_alone":                       {`,"created_at":"2026-11-28"`, 2 * time.Minute, false},
		"zero_for_the_time":               {`,"timestamp":"0"`, 2 * time.Minute, false},
		"day_alone_in_the_minute":         {`,"created_at":"2026-11-28"`, 40 * time.Second, true},
		"id":                              {`,"id":"w1"`, 48 * time.Hour, true},
		"time":                            {`,"timestamp":"1795003600"`, 48 * time.Hour, true},
		"time_without_zone":               {`,"created_at":"2026-11-28 10:00:00"`, 48 * time.Hour, true},
		"time_in_a_form_that_is_not_read": {`,"created_at":"28/11/2026 10:00"`, 48 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := func(at time.Time) []string {
				var ids []string
				body := `{"from":"919000000007","type":"text","body":"STOP","name":"Ira"` + c.beside + `}`
				events, err := New(Config{}).ParseWebhook(provider.App{}, []byte(body))
				if err != nil || len(events) != 1 {
					t.Fatalf("got %v, %v, want one event", events, err)
				}
				e := events[0].Received(at.UnixMilli())
				if e.ReceivedAt != at.UnixMilli() {
					t.Errorf("received at %d, want %d", e.ReceivedAt, at.UnixMilli())
				}
				// Its time was not known when the id was made, and again when webhook's message is delivered once more.
				return append(ids, e.Reply.ID, e.Received(at.Add(time.Hour).UnixMilli()).Reply.ID)
			}
			first, second := told(start), told(start.Add(c.later))
			if first[0] != first[1] {
				t.Errorf("got %s, and delivered again %s", first[0], first[1])
			}
			if same := first[0] == second[0]; same != c.same {
				t.Errorf("got %s and %s, want the same: %v", first[0], second[0], c.same)
			}
		})
	}
}

// TestMessageBesideNews holds that a flat message is read beside what else a callback tells, and once only.
func TestMessageBesideNews(t *testing.T) {
	t.Parallel()

	const (
		report  = `{"id":"out1","status":"delivered","timestamp":"1795003600","recipient_id":"919000000009"}`
		other   = `{"id":"in0","from":"919000000002","timestamp":"1795003600","type":"text","text":{"body":"hello"}}`
		stop    = `,"from":"919000000001","type":"text","body":"STOP","id":"in1"`
		quality = `"event":"FLAGGED","display_phone_number":"919000000100"`
	)

	for name, tt := range map[string]struct {
		body string
		// want are the texts that shoppers said, and total is how many events there are.
		want  string
		total int
	}{
		"statuses":       {`{"statuses":[` + report + `]` + stop + `}`, "STOP", 2},
		"messages":       {`{"messages":[` + other + `]` + stop + `}`, "hello STOP", 2},
		"preferences":    {`{"user_preferences":[{"wa_id":"919000000002","category":"marketing_messages","value":"stop"}]` + stop + `}`, "STOP", 2},
		"errors":         {`{"errors":[{"code":131031}]` + stop + `}`, "STOP", 2},
		"quality":        {`{` + quality + stop + `}`, "STOP", 2},
		"limit":          {`{"current_limit":"TIER_1K","display_phone_number":"919000000100"` + stop + `}`, "STOP", 2},
		"account":        {`{"event":"PARTNER_APP_UNINSTALLED"` + stop + `}`, "STOP", 2},
		"template":       {`{"event":"Paused","message_template_id":"7"` + stop + `}`, "STOP", 2},
		"envelope":       {inMetaEnvelope(`"statuses":[`+report+`]`, stop), "STOP", 2},
		"within_message": {`{` + quality + `,"from":"919000000001","message":{"from":"919000000001","id":"in1","type":"text","text":{"body":"STOP"}}}`, "STOP", 2},
		"as_meta_has_it": {`{"statuses":[` + report + `],"from":"919000000001","id":"in1","type":"text","text":{"body":"STOP"}}`, "STOP", 2},
		"same_message":   {`{"messages":[` + other + `],"from":"919000000002","type":"text","body":"hello","id":"in0"}`, "hello", 1},
		"same_words":     {`{"messages":[` + other + `],"from":"919000000002","type":"text","body":"hello"}`, "hello", 1},
		"report":         {`{"statuses":[` + report + `],"status":"delivered","id":"out1","from":"919000000100","body":"Your order"}`, "", 1},
		"contacts":       {`{"statuses":[` + report + `],"contacts":[{"wa_id":"919000000009"}]}`, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			events, err := New(Config{}).ParseWebhook(provider.App{}, []byte(tt.body))
			var said []string
			for _, e := range events {
				if e.Reply != nil {
					said = append(said, e.Reply.Text)
				}
			}
			if got := strings.Join(said, " "); err != nil || got != tt.want || len(events) != tt.total {
				t.Errorf("got %q of %d events, %v, want %q of %d", got, len(events), err, tt.want, tt.total)
			}
		})
	}

	for name, body := range map[string]string{
		"list":    `{"statuses":[` + report + `],"body":"STOP","id":"in1"}`,
		"quality": `{` + quality + `,"body":"STOP","id":"in1"}`,
	} {
		events, err := New(Config{}).ParseWebhook(provider.App{}, []byte(body))
		last := events[len(events)-1]
		if err != nil || last.Kind != provider.KindUnknown || !last.Inbound || !strings.Contains(string(last.Raw), "STOP") {
			t.Errorf("%s, and a message of nobody: got %v, %v, want it kept", name, last, err)
		}
	}
}

// inMetaEnvelope returns a callback in Meta's envelope, with the variables behind it.
func inMetaEnvelope(value, variables string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{` + value + `}}]}]` + variables + `}`
}
