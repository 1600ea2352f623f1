package secretmanager_test

import (
	"hash/crc32"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/journal"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/secretmanager"
)

const secretName = "projects/demo/secrets/provider-key"

var epoch = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

func server(tb testing.TB) *secretmanager.Server {
	tb.Helper()
	return secretmanager.New(secretmanager.Options{Clock: clock.NewManual(epoch)})
}

// fill makes the secret with the given versions.
func fill(tb testing.TB, s *secretmanager.Server, payloads ...string) {
	tb.Helper()
	if _, err := s.CreateSecret(tb.Context(), &secretmanagerpb.CreateSecretRequest{Parent: "projects/demo", SecretId: "provider-key"}); err != nil {
		tb.Fatal(err)
	}
	for _, p := range payloads {
		if _, err := s.AddSecretVersion(tb.Context(), &secretmanagerpb.AddSecretVersionRequest{Parent: secretName, Payload: &secretmanagerpb.SecretPayload{Data: []byte(p)}}); err != nil {
			tb.Fatal(err)
		}
	}
}

func access(tb testing.TB, s *secretmanager.Server, version string) (string, codes.Code) {
	tb.Helper()
	r, err := s.AccessSecretVersion(tb.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: secretName + "/versions/" + version})
	return string(r.GetPayload().GetData()), status.Code(err)
}

func TestServer_access_by_number_and_latest(t *testing.T) {
	t.Parallel()
	s := server(t)
	fill(t, s, "one", "two")
	for _, tc := range []struct {
		version, want string
		code          codes.Code
	}{
		{"1", "one", codes.OK},
		{"2", "two", codes.OK},
		{"latest", "two", codes.OK},
		{"3", "", codes.NotFound},
		{"0", "", codes.NotFound},
		{"-1", "", codes.NotFound},
		{"newest", "", codes.InvalidArgument},
	} {
		t.Run(tc.version, func(t *testing.T) {
			t.Parallel()
			if got, code := access(t, s, tc.version); got != tc.want || code != tc.code {
				t.Errorf("got %q, %v; want %q, %v", got, code, tc.want, tc.code)
			}
		})
	}
	r, err := s.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: secretName + "/versions/latest"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.GetPayload().GetDataCrc32C(), int64(crc32.Checksum([]byte("two"), crc32.MakeTable(crc32.Castagnoli))); got != want {
		t.Errorf("checksum: got %d, want %d", got, want)
	}
	if got := r.GetName(); got != secretName+"/versions/2" {
		t.Errorf("name: got %q", got)
	}
}

// TestServer_put makes a secret with its first version, and then only versions.
func TestServer_put(t *testing.T) {
	t.Parallel()
	s := server(t)
	for n, value := range []string{"one", "two"} {
		if err := s.Put(t.Context(), "demo", "provider-key", value); err != nil {
			t.Fatal(err)
		}
		if got, code := access(t, s, strconv.Itoa(n+1)); got != value || code != codes.OK {
			t.Errorf("version %d: got %q, %v; want %q", n+1, got, code, value)
		}
	}
	for id, value := range map[string]string{"a/b": "x", "large": strings.Repeat("x", 64<<10+1)} {
		if err := s.Put(t.Context(), "demo", id, value); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: got %v, want %v", id, err, codes.InvalidArgument)
		}
	}
}

func TestServer_states(t *testing.T) {
	t.Parallel()
	s := server(t)
	fill(t, s, "one", "two")
	latest := secretName + "/versions/2"
	if _, err := s.DisableSecretVersion(t.Context(), &secretmanagerpb.DisableSecretVersionRequest{Name: latest}); err != nil {
		t.Fatal(err)
	}
	if _, code := access(t, s, "latest"); code != codes.FailedPrecondition {
		t.Errorf("disabled: got %v", code)
	}
	if _, err := s.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: latest}); err != nil {
		t.Fatal(err)
	}
	if got, code := access(t, s, "latest"); got != "two" || code != codes.OK {
		t.Errorf("enabled again: got %q, %v", got, code)
	}
	if _, err := s.DestroySecretVersion(t.Context(), &secretmanagerpb.DestroySecretVersionRequest{Name: latest}); err != nil {
		t.Fatal(err)
	}
	if _, code := access(t, s, "2"); code != codes.FailedPrecondition {
		t.Errorf("destroyed: got %v", code)
	}
	_, err := s.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: latest})
	if status.Code(err) != codes.FailedPrecondition {
		t.Errorf("enable destroyed: got %v", err)
	}
	v, err := s.GetSecretVersion(t.Context(), &secretmanagerpb.GetSecretVersionRequest{Name: latest})
	if err != nil || v.GetState() != secretmanagerpb.SecretVersion_DESTROYED || v.GetDestroyTime() == nil {
		t.Errorf("get version: %v, %v", v, err)
	}
}

func TestServer_refuses(t *testing.T) {
	t.Parallel()
	s := server(t)
	fill(t, s)
	ctx := t.Context()
	wrong := int64(1)
	for name, tc := range map[string]struct {
		call func() error
		want codes.Code
	}{
		"exists": {func() error {
			_, err := s.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{Parent: "projects/demo", SecretId: "provider-key"})
			return err
		}, codes.AlreadyExists},
		"bad_id": {func() error {
			_, err := s.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{Parent: "projects/demo", SecretId: "a/b"})
			return err
		}, codes.InvalidArgument},
		"no_secret": {func() error {
			_, err := s.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{Parent: "projects/demo/secrets/x"})
			return err
		}, codes.NotFound},
		"too_large": {func() error {
			_, err := s.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{Parent: secretName, Payload: &secretmanagerpb.SecretPayload{Data: make([]byte, 64<<10+1)}})
			return err
		}, codes.InvalidArgument},
		"bad_checksum": {func() error {
			_, err := s.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{Parent: secretName, Payload: &secretmanagerpb.SecretPayload{Data: []byte("x"), DataCrc32C: &wrong}})
			return err
		}, codes.InvalidArgument},
		"no_version": {func() error {
			_, err := s.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: secretName + "/versions/latest"})
			return err
		}, codes.NotFound},
		"bad_name": {func() error {
			_, err := s.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: secretName})
			return err
		}, codes.InvalidArgument},
		"get_unknown": {func() error {
			_, err := s.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: "projects/demo/secrets/x"})
			return err
		}, codes.NotFound},
		"drop_unknown": {func() error {
			_, err := s.DeleteSecret(ctx, &secretmanagerpb.DeleteSecretRequest{Name: "projects/demo/secrets/x"})
			return err
		}, codes.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := status.Code(tc.call()); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestServer_survives_restart_and_compaction(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.journal")
	var want []*secretmanagerpb.SecretVersion
	for life := range 3 {
		j, err := journal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s := secretmanager.New(secretmanager.Options{Clock: clock.NewManual(epoch), Journal: j})
		if err = j.Replay(s.Replay); err != nil {
			t.Fatal(err)
		}
		if life == 0 {
			fill(t, s, "one", "two:\x00", "three")
			if _, err = s.DestroySecretVersion(t.Context(), &secretmanagerpb.DestroySecretVersionRequest{Name: secretName + "/versions/3"}); err != nil {
				t.Fatal(err)
			}
			if _, err = s.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: "projects/demo", SecretId: "gone"}); err != nil {
				t.Fatal(err)
			}
			if _, err = s.DeleteSecret(t.Context(), &secretmanagerpb.DeleteSecretRequest{Name: "projects/demo/secrets/gone"}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := s.ListSecretVersions(t.Context(), &secretmanagerpb.ListSecretVersionsRequest{Parent: secretName})
		if err != nil {
			t.Fatal(err)
		}
		if life == 0 {
			want = r.GetVersions()
		}
		if d := cmp.Diff(want, r.GetVersions(), protocmp.Transform()); d != "" {
			t.Errorf("life %d: versions (-want +got):\n%s", life, d)
		}
		if got, code := access(t, s, "2"); got != "two:\x00" || code != codes.OK {
			t.Errorf("life %d: got %q, %v", life, got, code)
		}
		if _, err = s.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: "projects/demo/secrets/gone"}); status.Code(err) != codes.NotFound {
			t.Errorf("life %d: deleted secret: %v", life, err)
		}
		if err = j.Compact(s.Snapshot); err != nil {
			t.Fatal(err)
		}
		if err = j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzReplay feeds the journal's reader with anything; what it accepts must make a state that can be written and read.
func FuzzReplay(f *testing.F) {
	var all [][]byte
	src := server(f)
	fill(f, src, "one", "two")
	if err := src.Snapshot(func(b []byte) error { all = append(all, b); return nil }); err != nil {
		f.Fatal(err)
	}
	for _, b := range all {
		f.Add(b)
		f.Add(b[:len(b)-1])
	}
	f.Add([]byte("D" + secretName))
	f.Add([]byte("V-1:"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := server(t)
		for _, r := range all {
			if err := s.Replay(r); err != nil {
				t.Fatal(err)
			}
		}
		if s.Replay(b) != nil {
			return
		}
		if err := s.Snapshot(server(t).Replay); err != nil {
			t.Errorf("its own snapshot is refused: %v", err)
		}
	})
}
