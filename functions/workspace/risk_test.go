package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

// TestRisks answers with the words that WhatsApp may take for marketing and with how much to trust that, wherever a template is checked, and
// saves it nonetheless.
func TestRisks(t *testing.T) {
	t.Parallel()
	s := newShop(t)

	const (
		selling = "a1b2c3d4-0000-4000-8000-000000000021"
		content = `{"template":"` + selling + `","values":[{"variable":"customer_name"}]}`
		one     = "/notifications/shipment/created"
		found   = `"risk":"reclassed","words":["Use code","coupon"],"source":{"name":"Treble: words that make a template marketing",` +
			`"url":"https://help.treble.ai/en/docs/meta/hsm-templates/utility"},"outcome":"WhatsApp approved this text as UTILITY, against our rule.","contradicted":true}]`
		trust = `"risk":` + trusted
	)

	if err := s.sim.Gupshup().PutTemplate(gupshupApp, simgupshup.NewTemplate(selling, "sale_v1", simgupshup.Container{
		Data: "Hi {{1}}, your order is with us now.", Footer: "Use code A or a coupon",
	})); err != nil {
		t.Fatal(err)
	}

	says := func(body string, parts ...string) {
		t.Helper()

		for _, part := range parts {
			if !strings.Contains(body, part) {
				t.Errorf("no %s in %s", part, body)
			}
		}
	}

	proposed := `{"content":` + content + `}`
	says(s.want(http.StatusOK, s.at(http.MethodPost, one+"/lint", proposed, 0)).Body, `"component":"footer","index":-1,"rule":"coupon"`, found, trust)
	says(s.want(http.StatusOK, s.at(http.MethodPost, one+"/preview", proposed, 0)).Body, found, trust)
	says(s.want(http.StatusOK, s.at(http.MethodPut, one, `{"enabled":true,"content":`+content+`}`, 1)).Body, `"enabled":true`, found, trust)
	says(s.want(http.StatusOK, s.at(http.MethodPut, "/notifications", `{"notifications":{"shipment/packed":{"enabled":true,"content":`+content+`}}}`, 2)).Body, found, trust)

	// A save that is refused for something else warns beside it; an answer without such a warning has no figures.
	bare := `{"enabled":true,"content":{"template":"` + selling + `","values":[]}}`
	says(s.want(http.StatusUnprocessableEntity, s.at(http.MethodPut, one, bare, 3)).Body, `"rule":"count"`, found, trust)

	if page := s.want(http.StatusOK, s.at(http.MethodGet, one, "", 0)).Body; strings.Contains(page, "precisionPercent") {
		t.Errorf("figures without a warning: %s", page)
	}
}

// TestRisksOfThePlatform warns who saves the platform's app of the words of its templates.
func TestRisksOfThePlatform(t *testing.T) {
	t.Parallel()
	s := newPlatformStage(t)

	const selling = "c1b2c3d4-0000-4000-8000-000000000021"

	s.must(s.sim.Gupshup().PutTemplate(platformUUID, simgupshup.NewTemplate(selling, "missed_v3", simgupshup.Container{Data: "Hi {{1}}, we missed you with your parcel. Shop more!"})))

	made := s.platformPut(http.StatusCreated, platformFields(told(failedEvent, selling, "customer_name")))
	for _, part := range []string{`"rule":"upsell"`, `"words":["Shop more"]`, `"risk":` + trusted} {
		if !strings.Contains(made, part) {
			t.Errorf("no %s in %s", part, made)
		}
	}
}
