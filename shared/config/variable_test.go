package config_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

func TestVariables(t *testing.T) {
	t.Parallel()
	type part struct {
		Keep time.Duration `env:"KEEP, default=24h"`
	}
	type settings struct {
		Token   config.Secret `env:"TOKEN"`
		Project string        `env:"PROJECT, required"`
		Part    part          `env:", prefix=OLD_"`
		Same    struct {
			Project string `env:"PROJECT, required"`
		}
		Other string
	}
	want := []config.Variable{{Name: "OLD_KEEP", Default: "24h"}, {Name: "PROJECT", Required: true}, {Name: "TOKEN", Secret: true}}
	for _, cfg := range []any{settings{}, &settings{}} {
		if diff := cmp.Diff(want, config.Variables(cfg)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
