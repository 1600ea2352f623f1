package meta

import (
	"slices"
	"testing"
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
			got := readFields([]byte(tt.body))
			if !slices.Equal(got, tt.want) || (got != nil) != tt.told {
				t.Errorf("got %q, want %q, told: %t", got, tt.want, tt.told)
			}
		})
	}
}
