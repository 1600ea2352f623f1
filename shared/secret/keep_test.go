package secret_test

import (
	"testing"
	"time"

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

// onDisk reads a secret as another process does, which has cached nothing.
func onDisk(t *testing.T, local *cloud.Cloud, name string) (config.Secret, error) {
	t.Helper()
	s := secret.New(secret.Options{ProjectID: testkit.Project, ClientOptions: local.ClientOptions()})
	testkit.AtEnd(t, func() { _ = s.Close() })

	return s.Access(t.Context(), name)
}

// TestPrune destroys the versions but the one that is kept, leaves newer ones that are young, and can be repeated.
func TestPrune(t *testing.T) {
	t.Parallel()
	s, local := onCloud(t)
	var last string
	for _, value := range []string{"first", "second", "third", "fourth"} {
		var err error
		if last, err = s.Add(t.Context(), "app-own", config.NewSecret(value)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.Prune(t.Context(), "app-own", "3", start.Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	for version, want := range map[string]string{"1": "", "2": "", "3": "third", "4": "fourth", "latest": "fourth"} {
		got, err := s.Access(t.Context(), "app-own/versions/"+version)
		if got.Reveal() != want || (want == "") != fault.Is(err, fault.NotFound) {
			t.Errorf("version %s: got %v, %v", version, got.Reveal(), err)
		}
	}
	if last != "4" {
		t.Errorf("got version %s", last)
	}
	if err := s.Prune(t.Context(), "app-own", "3", start); err != nil {
		t.Fatal(err)
	}
	if got, err := onDisk(t, local, "app-own/versions/4"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the version of a rotation that failed: got %v, %v", got.Reveal(), err)
	}
	if got, err := onDisk(t, local, "app-own/versions/3"); got.Reveal() != "third" || err != nil {
		t.Errorf("the version that is kept: got %v, %v", got.Reveal(), err)
	}
	for name, version := range map[string]string{"no/name": "1", "app-own": "latest"} {
		if err := s.Prune(t.Context(), name, version, start); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s %s: got %v", name, version, err)
		}
	}
	if err := s.Prune(t.Context(), "none", "1", start); !fault.Is(err, fault.NotFound) {
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
	if err := s.Remove(t.Context(), "app-own/versions/1"); err != nil {
		t.Errorf("a version of a secret that is gone: got %v", err)
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

// TestVersions reads and destroys one version by its name, and leaves the others alone.
func TestVersions(t *testing.T) {
	t.Parallel()
	s, local := onCloud(t)
	for _, value := range []string{"first", "second"} {
		if _, err := s.Add(t.Context(), "app-own", config.NewSecret(value)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"app-own/versions/1": "first", "app-own/versions/2": "second", "app-own": "second"} {
		if got, err := s.Access(t.Context(), name); got.Reveal() != want || err != nil {
			t.Errorf("%s: got %v, %v", name, got.Reveal(), err)
		}
	}
	for range 2 {
		if err := s.Remove(t.Context(), "app-own/versions/2"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Access(t.Context(), "app-own/versions/2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("destroyed: got %v, %v", got.Reveal(), err)
	}
	if got, err := onDisk(t, local, "app-own/versions/1"); got.Reveal() != "first" || err != nil {
		t.Errorf("the other one: got %v, %v", got.Reveal(), err)
	}
	for _, name := range []string{"app-own/versions/", "app-own/versions/x", "app-own/version/1", "/versions/1", "app-own/versions/1/2"} {
		if _, err := s.Access(t.Context(), name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
