package config_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// function is how a function embeds Common.
type function struct {
	config.Common
	Topic string `env:"TOPIC, required"`
}

func TestCommonDefaults(t *testing.T) {
	t.Parallel()
	var c function
	err := config.Load(t.Context(), config.Map(map[string]string{
		"GOOGLE_CLOUD_PROJECT": "demo-project", "TOPIC": "order-events", "FUNCTION_TARGET": "Notify",
		"SECRET_MANAGER_EMULATOR_HOST": "127.0.0.1:9001", "RETENTION_ORDERS": "24h",
	}), &c)
	if err != nil {
		t.Fatal(err)
	}
	if c.ProjectID != "demo-project" || c.Topic != "order-events" || c.FunctionTarget != "Notify" ||
		c.SecretEmulator != "127.0.0.1:9001" || c.Port != 8080 || c.Retention.Orders != 24*time.Hour {
		t.Errorf("got %+v, not what was set", c)
	}
	if c.ProviderTimeout >= c.RequestTimeout || c.RequestTimeout >= c.Lease || c.Lease >= c.AckDeadline {
		t.Errorf("default times are out of order: %+v", c.Common)
	}
	if c.Retention.Messages < 365*24*time.Hour {
		t.Errorf("the send log is kept %v, want at least a year", c.Retention.Messages)
	}
}

func TestCommonValidate(t *testing.T) {
	t.Parallel()
	base := map[string]string{"GOOGLE_CLOUD_PROJECT": "demo-project", "TOPIC": "t"}
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"sane", nil, nil},
		{"lease_not_over_request", map[string]string{"REQUEST_TIMEOUT": "45s"}, []string{"REQUEST_TIMEOUT must be less than LEASE"}},
		{"ack_not_over_lease", map[string]string{"LEASE": "61s"}, []string{"LEASE must be less than ACK_DEADLINE"}},
		{"provider_not_under_request", map[string]string{"PROVIDER_TIMEOUT": "30s"}, []string{"PROVIDER_TIMEOUT must be less than REQUEST_TIMEOUT"}},
		{"ack_over_pubsub_limit", map[string]string{"ACK_DEADLINE": "601s"}, []string{"ACK_DEADLINE"}},
		{
			"several",
			map[string]string{"GRACE": "-1s", "PORT": "70000", "PLATFORM_TIME_ZONE": "Nowhere/None", "PLATFORM_ORDER_TIME_ZONE": "Nowhere", "RETENTION_ORDERS": "0s"},
			[]string{"GRACE", "PORT", "PLATFORM_TIME_ZONE", "PLATFORM_ORDER_TIME_ZONE", "RETENTION_ORDERS"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			env := maps.Clone(base)
			maps.Copy(env, tc.set)
			err := config.Load(t.Context(), config.Map(env), &function{})
			if (err == nil) != (len(tc.want) == 0) {
				t.Fatalf("got %v, want problems with %v", err, tc.want)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to name %q", err, want)
				}
			}
		})
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 2, 13, 15, 20, 41, 0, time.UTC)
	for zone, want := range map[string]string{"": "+0530", "Asia/Kolkata": "+0530", "Asia/Dubai": "+0400", "UTC": "+0000"} {
		loc, err := config.Common{ZoneName: zone}.Location()
		if err != nil {
			t.Errorf("%q: %v", zone, err)
			continue
		}
		if got := at.In(loc).Format("-0700"); got != want {
			t.Errorf("%q: got %s, want %s", zone, got, want)
		}
	}
}
