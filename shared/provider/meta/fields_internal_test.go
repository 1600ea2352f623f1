package meta

import (
	"net/http"
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
)

// TestReadFields reads what Meta answers of an app's subscriptions: by names, or by names with versions.
func TestReadFields(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		want []string
		told bool
	}{
		"versions":       {`{"data":[{"object":"whatsapp_business_account","active":true,"fields":[{"name":"messages","version":"v26.0"},{"name":"calls"}]}]}`, []string{"messages", "calls"}, true},
		"names":          {`{"data":[{"object":"whatsapp_business_account","fields":["messages","standby"]}]}`, []string{"messages", "standby"}, true},
		"another_object": {`{"data":[{"object":"page","active":true,"fields":["messages"]}]}`, nil, true},
		"switched_off":   {`{"data":[{"object":"whatsapp_business_account","active":false,"fields":["messages"]}]}`, nil, true},
		"none":           {`{"data":[]}`, nil, true},
		"no_list":        {`{"success":true}`, nil, false},
		"html":           {`<html>`, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, told := readFields([]byte(tt.body))
			if !slices.Equal(got.fields, tt.want) || told != tt.told || told && got.fields == nil {
				t.Errorf("got %q, told: %t, want %q, told: %t", got.fields, told, tt.want, tt.told)
			}
		})
	}
}

// TestSubscribeFieldsRequest is the request that completes the fields of a Meta app, beside one that it has and that is not read here.
func TestSubscribeFieldsRequest(t *testing.T) {
	t.Parallel()
	app := testApp()
	app.Secret, app.Signing = config.NewSecret("77001122|"+testSecret), []config.Secret{config.NewSecret(testSecret)}
	held := appSubscription{there: true, known: []string{"messages", "flows"}}
	conformance.Suite{Dir: testDir(), App: app}.Golden(t, "app_fields", func() (*http.Request, error) {
		return New(Config{}).subscribeFields(t.Context(), app, "77001122", held, "https://webhook.example.com/meta/token")
	})
}

// TestAddressOfFields sets fields by an address that is ours or nobody's.
func TestAddressOfFields(t *testing.T) {
	t.Parallel()
	const target = "https://webhook.example.com/meta/NEW"
	for name, tt := range map[string]struct {
		held appSubscription
		want string
		ours bool
	}{
		"none":             {appSubscription{}, target, true},
		"this_one":         {appSubscription{there: true, callback: target}, target, true},
		"same_webhook":     {appSubscription{there: true, callback: "https://webhook.example.com/meta/OLD"}, "https://webhook.example.com/meta/OLD", true},
		"another_provider": {appSubscription{there: true, callback: "https://webhook.example.com/gupshup/OLD"}, "", false},
		"another_host":     {appSubscription{there: true, callback: "https://webhook.example.com.evil.example/meta/OLD"}, "", false},
		"not_told":         {appSubscription{there: true}, "", false},
	} {
		if got, ours := tt.held.address(target); ours != tt.ours || ours && got != tt.want {
			t.Errorf("%s: got %q, %t, want %q, %t", name, got, ours, tt.want, tt.ours)
		}
	}
}
