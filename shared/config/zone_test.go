package config_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

type zoned struct {
	Zone config.Zone `env:"ZONE, default=Asia/Kolkata"`
}

func TestZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 2, 13, 15, 20, 41, 0, time.UTC)
	for name, want := range map[string]string{"": "+0530", "Asia/Kolkata": "+0530", "Asia/Dubai": "+0400", "UTC": "+0000"} {
		var cfg zoned
		if err := config.Load(t.Context(), config.Map(map[string]string{"ZONE": name}), &cfg); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if got := at.In(cfg.Zone.Location()).Format("-0700"); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestZoneThatIsUnknown(t *testing.T) {
	t.Parallel()
	err := config.Load(t.Context(), config.Map(map[string]string{"ZONE": "Nowhere/None"}), &zoned{})
	if want := "ZONE cannot be read as a time zone such as Asia/Kolkata"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestZeroZoneIsUTC(t *testing.T) {
	t.Parallel()
	if got := (config.Zone{}).Location(); got != time.UTC {
		t.Errorf("got %v, want UTC", got)
	}
}
