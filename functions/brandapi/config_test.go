package brandapi_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	required := map[string]string{"GOOGLE_CLOUD_PROJECT": project, "PLATFORM_BASE_URL": "https://platform.example.com"}
	var good brandapi.Config
	if err := config.Load(t.Context(), config.Map(required), &good); err != nil {
		t.Errorf("defaults: %v", err)
	}
	if good.ShowAddress || good.OrderActions != "order-actions" {
		t.Errorf("defaults: got %+v", good)
	}
	for name, value := range map[string]string{
		"BRANDAPI_RATE": "0", "BRANDAPI_BURST": "0", "BRANDAPI_UNKNOWN_KEYS": "0", "ORDER_REFRESH": "0s", "BRANDAPI_AUDIT_RETENTION": "-1h",
	} {
		vars := maps.Clone(required)
		vars[name] = value
		var cfg brandapi.Config
		err := config.Load(t.Context(), config.Map(vars), &cfg)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got %v, want an error that names it", name, value, err)
		}
	}
}
