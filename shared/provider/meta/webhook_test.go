package meta

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

// manyStatuses is one callback with n statuses, spread over entries and changes.
func manyStatuses(n int) []byte {
	words := []string{"sent", "delivered", "read"}
	var b strings.Builder
	b.WriteString(`{"object":"whatsapp_business_account","entry":[`)
	for i := range n {
		switch {
		case i == 0:
			b.WriteString(`{"id":"204411990088","time":1795000200,"changes":[{"field":"messages","value":{"statuses":[`)
		case i%250 == 0:
			b.WriteString(`]}}]},{"id":"204411990088","time":1795000201,"changes":[{"field":"messages","value":{"statuses":[`)
		case i%100 == 0:
			b.WriteString(`]}},{"field":"messages","value":{"statuses":[`)
		default:
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"wamid.HBgM%06d","status":"%s","timestamp":"%d","recipient_id":"9190000%05d",`+
			`"biz_opaque_callback_data":"v1.%06d.1.0b7d","pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}}`,
			i, words[i%3], 1_795_000_000+i, i, i)
	}
	b.WriteString(`]}}]}]}`)
	return []byte(b.String())
}

func TestBatchOfAThousand(t *testing.T) {
	t.Parallel()
	const n = 1000
	body := manyStatuses(n)
	events, err := New(Config{}).ParseWebhook(provider.App{}, body)
	if err != nil || len(events) != n {
		t.Fatalf("got %d events, %v, want %d", len(events), err, n)
	}
	words := []message.Status{message.StatusSent, message.StatusDelivered, message.StatusRead}
	for i, e := range events {
		want := provider.Event{Kind: provider.KindStatus, At: int64(1_795_000_000+i) * 1000, Status: &provider.StatusEvent{
			IDs: []string{fmt.Sprintf("wamid.HBgM%06d", i)}, Status: words[i%3], Recipient: fmt.Sprintf("9190000%05d", i),
			Ref: fmt.Sprintf("v1.%06d.1.0b7d", i),
			Pricing: message.Pricing{
				Known: true, Billable: true, Model: "PMP", Category: "utility", Type: "regular", At: int64(1_795_000_000+i) * 1000,
			},
		}}
		if diff := cmp.Diff(want, e, cmp.Transformer("plain", plain)); diff != "" {
			t.Fatalf("event %d (-want +got):\n%s", i, diff)
		}
	}
}

// plain is an event without its own way of printing, so that a difference can be seen.
func plain(e provider.Event) string {
	raw, err := json.Marshal(e)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func TestParseWebhook(t *testing.T) {
	t.Parallel()
	change := func(waba, number, field string) string {
		return `{"id":"` + waba + `","changes":[{"field":"` + field + `","value":{"metadata":{"phone_number_id":"` + number + `"},` +
			`"statuses":[{"id":"w` + number + `","status":"sent"}],"event":"ACCOUNT_DELETED"}}]}`
	}
	whole := func(entries ...string) []byte {
		return []byte(`{"object":"whatsapp_business_account","entry":[` + strings.Join(entries, ",") + `]}`)
	}
	// News of a partner's app come under the partner's id, and name the account within.
	partner := func(waba string) string {
		return `{"id":"3","changes":[{"field":"account_update","value":{"event":"PARTNER_APP_UNINSTALLED","waba_info":{"waba_id":"` + waba + `"}}}]}`
	}
	for name, c := range map[string]struct {
		body []byte
		want int
	}{
		"own":                      {whole(change(testAccount, testNumber, "messages")), 1},
		"other_number":             {whole(change(testAccount, "1", "messages")), 0},
		"other_account":            {whole(change("2", testNumber, "messages")), 0},
		"among_others":             {whole(change(testAccount, "1", "messages"), change(testAccount, testNumber, "messages"), change("2", "1", "messages")), 1},
		"account_of_own":           {whole(change(testAccount, "1", "account_update")), 1},
		"account_of_other":         {whole(change("2", testNumber, "account_update")), 0},
		"partner_of_own":           {whole(partner(testAccount)), 1},
		"partner_of_other":         {whole(partner("2")), 0},
		"without_number":           {whole(change(testAccount, "", "messages")), 1},
		"without_account":          {whole(change("", testNumber, "messages")), 1},
		"of_no_use_but_kept":       {whole(change(testAccount, testNumber, "history")), 1},
		"of_no_use_and_of_another": {whole(change("2", "1", "history")), 0},
		"older":                    {[]byte(`{"statuses":[{"id":"g1","status":"sent"}]}`), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := New(Config{})
			events, err := p.ParseWebhook(testApp(), c.body)
			if err != nil || len(events) != c.want {
				t.Errorf("got %v, %v, want %d events", events, err, c.want)
			}
			if all, err := p.ParseWebhook(provider.App{}, c.body); err != nil || len(all) == 0 {
				t.Errorf("the zero app: got %v, %v", all, err)
			}
			if all, err := p.ParseWebhook(provider.App{ID: "m"}, c.body); err != nil || len(all) == 0 {
				t.Errorf("an app without ids: got %v, %v", all, err)
			}
		})
	}
}

func FuzzParseWebhook(f *testing.F) {
	for _, body := range conformance.Fixtures(f, testDir()) {
		f.Add(body)
	}
	f.Add(manyStatuses(5))
	for _, body := range []string{
		"", "{}", "null", `{"object":7}`, `{"object":"whatsapp_business_account","entry":[{"changes":[null]}]}`,
		`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"1","status":"failed","errors":[{"code":1e9}]}]}}]}]}`,
		`{"statuses":{}}`, `{"messages":[{"id":"1"}]}`, `{"errors":[{"code":131031}]}`,
	} {
		f.Add([]byte(body))
	}
	p := New(Config{})
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := p.ParseWebhook(provider.App{}, body)
		conformance.CheckParsed(t, events, err)
		if err != nil {
			return
		}
		own, err := p.ParseWebhook(testApp(), body)
		if err != nil || len(own) > len(events) {
			t.Errorf("an app's own: got %d of %d events, %v", len(own), len(events), err)
		}
	})
}

func FuzzReadReceipt(f *testing.F) {
	for _, body := range []string{
		`{"messages":[{"id":"wamid.x","message_status":"accepted"}]}`, ownError("131026", "x", ""), ownError("", "x", ""),
		`{"messages":[{"id":"wamid.x"}],"error":{"code":1}}`, `{"messages":null}`, "<html>", "",
	} {
		for _, status := range []int{200, 202, 400, 401, 404, 429, 500, 502} {
			f.Add(status, body, "")
		}
	}
	f.Add(400, ownError("80007", "x", ""), `{"1":[{"estimated_time_to_regain_access":5}]}`)
	p := New(Config{})
	f.Fuzz(func(t *testing.T, status int, body, usage string) {
		got, err := p.ReadReceipt(status, http.Header{"X-Business-Use-Case-Usage": {usage}}, []byte(body))
		conformance.CheckReceipt(t, status, got, err)
		if e, ok := errors.AsType[*provider.SendError](err); ok && (e.RetryAfter < 0 || e.RetryAfter > maxRegain) {
			t.Errorf("got %v", err)
		}
	})
}

func FuzzDecodeTemplate(f *testing.F) {
	for _, raw := range []string{
		"{}", "null", `{"id":"1","name":"a","components":[{"type":"HEADER","format":"TEXT","text":"{{1}}"},{"type":"BODY","text":"{{1}} {{a}}"}]}`,
		`{"id":1,"name":"a","components":[{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://x/{{1}}"}]},{"type":"CAROUSEL"}]}`,
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok := decodeTemplate(raw)
		conformance.CheckTemplate(t, got, ok)
		if ok && got.Name == "" {
			t.Errorf("got %+v", got)
		}
	})
}

func BenchmarkParseThousandStatuses(b *testing.B) {
	p, body := New(Config{}), manyStatuses(1000)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if events, err := p.ParseWebhook(provider.App{}, body); err != nil || len(events) != 1000 {
			b.Fatal(len(events), err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkVerifyThousandStatuses(b *testing.B) {
	p, app, body := New(Config{}), testApp(), manyStatuses(1000)
	header := signed(body)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if err := p.Verify(app, header, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuildTemplate(b *testing.B) {
	p, app, m := New(Config{}), testApp(), failedDelivery(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.BuildTemplate(b.Context(), app, m); err != nil {
			b.Fatal(err)
		}
	}
}
