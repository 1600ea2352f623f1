package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
)

// TestVerifyWaitsAsTold names in Retry-After the time for which a provider wants to be left alone; where it names none, that of its contract,
// or 60 seconds. The sentence names no time, which could be another one.
func TestVerifyWaitsAsTold(t *testing.T) {
	t.Parallel()
	for name, usual := range map[string]string{"gupshup": "60", "meta": "5", "kaleyra": "300"} {
		s := newStage(t, nil)
		id, _ := s.add(name)
		for seconds, want := range map[int]string{7: "7", -1: usual} {
			fault, err := s.sim.Faults().Add(simulator.Fault{System: name, Mode: chaos.Throttle, RetryAfterSeconds: seconds})
			s.must(err)
			a := s.want(http.StatusServiceUnavailable, request{method: http.MethodPost, path: appsPath(id, "verify"), token: s.token("editor", neem)})
			if got := a.Header.Get("Retry-After"); got != want {
				t.Errorf("%s: got %s s, want %s: %s", name, got, want, a.Body)
			}
			if strings.Contains(a.Body, "minute") {
				t.Errorf("%s: the answer names another time than Retry-After: %s", name, a.Body)
			}
			s.sim.Faults().Remove(fault)
		}
	}
}
