package secret_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

func onCloud(t *testing.T) (*secret.Store, *cloud.Cloud) {
	t.Helper()
	local := testkit.Cloud(t, clock.NewManual(start))
	s := secret.New(secret.Options{ProjectID: testkit.Project, ClientOptions: local.ClientOptions()})
	testkit.AtEnd(t, func() { _ = s.Close() })

	return s, local
}

// TestPrune destroys the versions before the one that is kept, and can be repeated.
func TestPrune(t *testing.T) {
	t.Parallel()
	s, _ := onCloud(t)
	var last string
	for _, value := range []string{"first", "second", "third", "fourth"} {
		var err error
		if last, err = s.Add(t.Context(), "app-own", config.NewSecret(value)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.Prune(t.Context(), "app-own", "3"); err != nil {
			t.Fatal(err)
		}
	}
	for version, want := range map[string]string{"1": "", "2": "", "3": "third", "4": "fourth", "latest": "fourth"} {
		got, err := s.Access(t.Context(), "projects/"+testkit.Project+"/secrets/app-own/versions/"+version)
		if got.Reveal() != want || (want == "") != fault.Is(err, fault.NotFound) {
			t.Errorf("version %s: got %v, %v", version, got.Reveal(), err)
		}
	}
	if last != "4" {
		t.Errorf("got version %s", last)
	}
	for name, version := range map[string]string{"no/name": "1", "app-own": "latest"} {
		if err := s.Prune(t.Context(), name, version); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s %s: got %v", name, version, err)
		}
	}
	if err := s.Prune(t.Context(), "none", "1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no secret: got %v", err)
	}
}

// TestRemove destroys a secret, once or again, and forgets its value.
func TestRemove(t *testing.T) {
	t.Parallel()
	s, local := onCloud(t)
	if _, err := s.Add(t.Context(), "app-own", config.NewSecret("value")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Access(t.Context(), "app-own"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Remove(t.Context(), "app-own"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Access(t.Context(), "app-own"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.Remove(t.Context(), "no/name"); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
	if _, err := local.Rules().Add(cloud.Rule{Method: "DeleteSecret", Mode: cloud.FailBefore, Code: codes.PermissionDenied}); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "app-own"); err == nil {
		t.Error("a refusal passes for a removal")
	}
}
