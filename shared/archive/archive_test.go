package archive_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/storage"
)

const (
	name = "roots/811/2026-11-20.json"
	kind = "application/json"
)

func bucket(s *storage.Server) *archive.Bucket {
	return archive.New(archive.Options{Config: archive.Config{Bucket: "proof", EmulatorHost: "storage.test"}, Client: s.Client()})
}

// TestBucketKeepsWhatWasPut runs over a connection, with objects in a directory, and again with a new server on the same directory.
func TestBucketKeepsWhatWasPut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		server := httptest.NewServer(storage.New(dir))
		t.Cleanup(server.Close)
		b := archive.New(archive.Options{Config: archive.Config{Bucket: "proof", EmulatorHost: server.URL}})

		for range 2 { // the second as after an answer that was lost
			if err := b.Put(t.Context(), name, kind, []byte("a\r\n--b")); err != nil {
				t.Fatalf("Put = %v, want nil", err)
			}
		}
		for _, other := range []string{"a", "a\r\n--c", "a\r\n--b and more"} {
			if err := b.Put(t.Context(), name, kind, []byte(other)); !errors.Is(err, archive.ErrDiffers) || !fault.Is(err, fault.Conflict) {
				t.Errorf("Put of another content = %v, want ErrDiffers", err)
			}
		}
		if got, err := b.Get(t.Context(), name, 100); err != nil || string(got) != "a\r\n--b" {
			t.Errorf("Get = %q, %v", got, err)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "proof", filepath.FromSlash(name))); err != nil || string(data) != "a\r\n--b" {
		t.Errorf("file of the object = %q, %v", data, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBucketFails(t *testing.T) {
	t.Parallel()
	s := storage.New("")
	b := bucket(s)
	if err := b.Put(t.Context(), name, kind, []byte("12345")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "roots/811/2026-11-21.json", 100); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such object: %v, want NotFound", err)
	}
	if _, err := b.Get(t.Context(), name, 4); !fault.Is(err, fault.TooLarge) {
		t.Errorf("larger than it may be: %v, want TooLarge", err)
	}
	if err := b.Put(t.Context(), "../"+name, kind, nil); !fault.Is(err, fault.Internal) {
		t.Errorf("name that is refused: %v, want Internal", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Put(ctx, name, kind, nil); !fault.Is(err, fault.Canceled) {
		t.Errorf("call that is given up: %v, want Canceled", err)
	}

	s.Break(func(method, of string) bool { return method == http.MethodGet && strings.HasSuffix(of, "20.json") })
	if _, err := b.Get(t.Context(), name, 100); !fault.Is(err, fault.Unavailable) {
		t.Errorf("while it fails: %v, want Unavailable", err)
	}
	if err := b.Put(t.Context(), name, kind, []byte("12345")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("put of what is there while that cannot be read: %v, want Unavailable", err)
	}
	s.Break(nil)
	if _, err := b.Get(t.Context(), name, 100); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if archive.New(archive.Options{}).Named() || !b.Named() {
		t.Error("Named does not say whether there is a bucket")
	}
}

// TestBucketLists lists what is kept in memory and in a directory, in order, from a name on.
func TestBucketLists(t *testing.T) {
	t.Parallel()
	for place, dir := range map[string]string{"memory": "", "directory": t.TempDir()} {
		s := storage.New(dir)
		b := bucket(s)
		if got, err := b.List(t.Context(), "roots/", "", 9); err != nil || len(got) != 0 {
			t.Errorf("%s: List of nothing = %v, %v", place, got, err)
		}
		for _, name := range []string{"roots/812/c.json", "roots/811/b.part0002.json", "roots/811/b.json", "keys/k.pem", "roots/811/a.json"} {
			if err := b.Put(t.Context(), name, kind, []byte("1")); err != nil {
				t.Fatal(err)
			}
		}
		for _, tc := range []struct {
			from, want string
			most       int64
		}{
			{"", "roots/811/a.json roots/811/b.json roots/811/b.part0002.json", 9},
			{"roots/811/aa", "roots/811/b.json", 1},
			{"roots/811/b.json", "roots/811/b.json roots/811/b.part0002.json", 9},
			{"roots/811/c", "", 9},
		} {
			if got, err := b.List(t.Context(), "roots/811/", tc.from, tc.most); err != nil || strings.Join(got, " ") != tc.want {
				t.Errorf("%s: List from %q = %v, %v; want %s", place, tc.from, got, err, tc.want)
			}
		}
		s.Break(func(method, _ string) bool { return method == http.MethodGet })
		if _, err := b.List(t.Context(), "roots/", "", 9); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: List = %v while it fails, want Unavailable", place, err)
		}
	}
}
