package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	var good config.Check
	good.That(true, "A is wrong")
	good.Positive("B", time.Nanosecond)
	good.AtLeast("C", 1, 1)
	good.Less("D", time.Second, "E", 2*time.Second)
	for _, address := range []string{"", "http://localhost:8080", "https://example.com/path/"} {
		good.Address("F", address)
	}
	good.Origins("G", []string{"https://portal.example.com", " http://localhost:3000 ", ""})
	if err := good.Err(); err != nil {
		t.Errorf("got %v, want no error", err)
	}

	var bad config.Check
	bad.That(false, "A is wrong")
	bad.Positive("B", 0)
	bad.AtLeast("C", 0, 1)
	bad.Less("D", time.Second, "E", time.Second)
	for _, address := range []string{"foo", "example.com", "ftp://example.com", "http://", "https://:443", "http://%zz"} {
		var one config.Check
		one.Address("F", address)
		if err := one.Err(); err == nil || err.Error() != "F is not an http or https address" {
			t.Errorf("%s: got %v, want it refused by name", address, err)
		}
	}
	for _, origin := range []string{"portal.example.com", "https://portal.example.com/", "https://a.example.com/x", "ftp://a.example.com", "https://", "*"} {
		var one config.Check
		one.Origins("G", []string{"https://b.example.com", origin})
		if err := one.Err(); err == nil || !strings.HasPrefix(err.Error(), "G must list origins") {
			t.Errorf("%s: got %v, want it refused by name", origin, err)
		}
	}
	want := []string{"A is wrong", "B must be more than zero", "C must be at least 1", "D must be less than E"}
	if diff := cmp.Diff(want, strings.Split(bad.Err().Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
