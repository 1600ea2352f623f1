package kaleyra

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

// TestCodes holds what each code means (CONTRACT.md section 4), apart from the tables. Only codes of Meta's that have no row of
// Kaleyra's are judged by shared/provider/cloudapi/CONTRACT.md section 10.1.
func TestCodes(t *testing.T) {
	t.Parallel()
	throttled := func(wait time.Duration) message.Failure { return provider.Throttled.After(wait) }
	for list, want := range map[string]message.Failure{
		"1 2 131000 131016 133004":    provider.Transient,
		"4 80007":                     throttled(5 * time.Minute),
		"130429":                      throttled(5 * time.Second),
		"131056":                      throttled(5 * time.Minute),
		"WAV2101":                     throttled(6 * time.Hour),
		"WA429 WA-429 wa429":          throttled(5 * time.Minute),
		"WA500":                       provider.Transient.After(5 * time.Minute),
		"130472 131021 131030 131049": provider.Undeliverable,
		"131050":                      provider.OptedOut,
		"132000 132001 132005 132007 132012 132068 132069": provider.BadTemplate,
		"132015 132016":                          provider.TemplatePaused,
		"0 3 10 190 200 299 131005 RBC001 WA401": provider.BadCredentials,
		"131042 E110":                            provider.LowBalance,
		"368 130497 131031 131037 131045 133010": provider.Blocked,
		"33 100 131008 131009 131047 131051 131052 131053 WA400 E13001": provider.BadRequest,
		"131026": provider.NoWhatsApp,
		"131048": provider.Blocked.After(3 * time.Hour),
		"131057": provider.Transient,
		// By shared/provider/cloudapi/CONTRACT.md section 10.1.
		"135000": provider.BadRequest,
	} {
		for code := range strings.FieldsSeq(list) {
			if got, ok := classify(code); !ok || got != want.Coded(code) {
				t.Errorf("%s: got %v, listed %v, want %v", code, got, ok, want)
			}
		}
	}

	for _, code := range []string{"", "300", "199", "x", "20", "2000"} {
		if got, ok := classify(code); ok || got != provider.Unlisted.Coded(code) {
			t.Errorf("%q: got %v, listed %v", code, got, ok)
		}
	}
}

func TestOwnRows(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	conformance.CheckRows(t, kaleyraCodes, nil)
	conformance.CheckRows(t, overrides, cloudapi.Codes)

	for _, row := range codes {
		if spelled(row.Code) != row.Code {
			t.Errorf("%q is not spelled as the tables are searched", row.Code)
		}
	}
	for _, row := range causeRows {
		if _, ok := codes[row.code]; !ok || row.source == "" || p.Explain(row.name) == "" {
			t.Errorf("%s: source %q, no such code or nothing to tell the brand", row.name, row.source)
		}
	}
	if got := p.Explain("WA400"); got != "" {
		t.Errorf("WA400: got %q, want nothing to tell the brand", got)
	}
}
