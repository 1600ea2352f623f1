package queue

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The forms in which Pub/Sub, its emulator and the local cloud post a message.
const (
	posted = `{"message":{"data":"eyJhIjoxfQ==","attributes":{"resource":"shipment","eventSubType":"failed_delivery"},"messageId":"17",` +
		`"message_id":"17","publishTime":"2026-11-21T06:00:01.234Z","publish_time":"2026-11-21T06:00:01.234Z","orderingKey":"k"},` +
		`"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}`
	bare = "\n{\n  \"message\": { \"data\": \"\", \"attributes\": {} },\r\n\t\"delivery_attempt\" : 0\n}\n"
)

// general is what the general decoder makes of a body; false if it refuses it, or finds no message.
func general(body []byte) (envelope, wireMessage, bool) {
	e := newEnvelope()
	if err := json.Unmarshal(body, &e); err != nil || e.Message == nil || *e.Message == nil {
		return envelope{}, wireMessage{}, false
	}
	m := **e.Message
	e.Message = nil
	return e, m, true
}

func checkScan(t *testing.T, body []byte) (scanned bool) {
	t.Helper()
	e, m, ok := scanEnvelope(body)
	if !ok {
		return false
	}
	wantE, wantM, ok := general(body)
	if !ok {
		t.Fatalf("scanned %q, which the general decoder refuses", body)
	}
	if diff := cmp.Diff(wantE, e); diff != "" {
		t.Errorf("envelope of %q (-general +scanned):\n%s", body, diff)
	}
	if diff := cmp.Diff(wantM, m); diff != "" {
		t.Errorf("message of %q (-general +scanned):\n%s", body, diff)
	}
	return true
}

func TestScanEnvelope(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		scanned    bool
	}{
		{"as_posted", posted, true},
		{"with_space", bare, true},
		{"attempt_of_nine_digits", `{"message":{},"deliveryAttempt":123456789}`, true},
		{"attempt_of_ten_digits", `{"message":{},"deliveryAttempt":1234567890}`, false},
		{"attempt_with_zero_before", `{"message":{},"deliveryAttempt":03}`, false},
		{"attempt_below_zero", `{"message":{},"deliveryAttempt":-3}`, false},
		{"attempt_with_fraction", `{"message":{},"deliveryAttempt":3.0}`, false},
		{"unknown_name", `{"message":{"data":"eA==","more":1}}`, false},
		{"name_in_other_case", `{"Message":{"data":"eA=="}}`, false},
		{"name_twice", `{"message":{"data":"eA==","data":"eQ=="}}`, false},
		{"message_twice", `{"message":{"data":"eA=="},"message":{}}`, false},
		{"attribute_twice", `{"message":{"attributes":{"a":"1","a":"2"}}}`, false},
		{"escape", `{"message":{"attributes":{"a":"\u0041"}}}`, false},
		{"escaped_quotation_mark", `{"message":{"attributes":{"a":"b\"c"}}}`, false},
		{"beyond_ascii", `{"message":{"attributes":{"a":"é"}}}`, false},
		{"control_character", "{\"message\":{\"attributes\":{\"a\":\"b\tc\"}}}", false},
		{"null", `{"message":{"data":null}}`, false},
		{"null_message", `{"message":null}`, false},
		{"no_message", `{"subscription":"s"}`, false},
		{"data_escaped", `{"message":{"data":"eA\u003d="}}`, false},
		{"data_with_line_break", "{\"message\":{\"data\":\"eA\n==\"}}", false},
		{"data_without_padding", `{"message":{"data":"eA"}}`, false},
		{"comma_at_the_end", `{"message":{"data":"eA==",}}`, false},
		{"comma_missing", `{"message":{"data":"eA==" "messageId":"1"}}`, false},
		{"text_behind", `{"message":{"data":"eA=="}}x`, false},
		{"cut", posted[:len(posted)-1], false},
		{"array", `[]`, false},
		{"nothing", ``, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := checkScan(t, []byte(tt.body)); got != tt.scanned {
				t.Errorf("got scanned %v, want %v", got, tt.scanned)
			}
		})
	}
}

// Whatever the scanner takes, the general decoder takes for the same.
func FuzzScanEnvelope(f *testing.F) {
	for _, seed := range []string{posted, bare, `{"message":{"data":"eA==","data":"eQ=="}}`, `{"message":{"attributes":{"a":"\u0041"}}}`, `{"a":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) { checkScan(t, body) })
}

// BenchmarkSpelling reads an event of the platform's usual size, as it is posted and in a spelling for the general decoder.
func BenchmarkSpelling(b *testing.B) {
	data := base64.StdEncoding.EncodeToString([]byte(`{"a":"` + strings.Repeat("x", 2500) + `"}`))
	usual := strings.Replace(posted, "eyJhIjoxfQ==", data, 1)
	for name, body := range map[string]string{"posted": usual, "general": strings.Replace(usual, `"k"`, `"\u006b"`, 1)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodePush([]byte(body), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
