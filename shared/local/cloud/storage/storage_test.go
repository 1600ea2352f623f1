package storage_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/storage"
)

const (
	uploadType = "multipart/related; boundary=b"
	uploads    = "http://storage.test/upload/storage/v1/b/proof/o?uploadType=multipart&ifGenerationMatch=0"
)

// upload is the body of an upload.
func upload(object, data string) string {
	return "--b\r\nContent-Type: application/json\r\n\r\n" + object + "\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + data + "\r\n--b--\r\n"
}

// TestServer makes calls as clients do, and such as it does not take: what it does not know it refuses, and never does half.
func TestServer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method, url, body string
		want                    int
		answer                  string
	}{
		{"made", http.MethodPost, uploads, upload(`{"name":"roots/1.json","crc32c":"4waSgw=="}`, "123456789"), http.StatusOK, `"name":"roots/1.json"`},
		{"taken", http.MethodPost, uploads, upload(`{"name":"there"}`, "other"), http.StatusPreconditionFailed, "412"},
		{"damaged_on_the_way", http.MethodPost, uploads, upload(`{"name":"roots/1.json","crc32c":"4waSgw=="}`, "123456780"), http.StatusBadRequest, "checksum"},
		{"cut_off", http.MethodPost, uploads, upload(`{"name":"roots/1.json"}`, "123456789")[:105], http.StatusBadRequest, "not such an upload"},
		{"no_object", http.MethodPost, uploads, "--b--\r\n", http.StatusBadRequest, "not such an upload"},
		{"no_name", http.MethodPost, uploads, upload(`{}`, "x"), http.StatusBadRequest, "no such name"},
		{"outside_of_the_bucket", http.MethodPost, uploads, upload(`{"name":"../other/1.json"}`, "x"), http.StatusBadRequest, "no such name"},
		{"over_what_is_there", http.MethodPost, strings.TrimSuffix(uploads, "&ifGenerationMatch=0"), upload(`{"name":"x"}`, "x"), http.StatusNotImplemented, "not there yet"},
		{"in_parts", http.MethodPost, strings.Replace(uploads, "multipart", "resumable", 1), "", http.StatusNotImplemented, "only multipart"},
		{"read", http.MethodGet, "http://storage.test/storage/v1/b/proof/o/there?alt=media", "", http.StatusOK, "what is there"},
		{"read_of_what_is_not_there", http.MethodGet, "http://storage.test/storage/v1/b/proof/o/roots%2F1.json?alt=media", "", http.StatusNotFound, "no such object"},
		{"read_of_another_bucket", http.MethodGet, "http://storage.test/storage/v1/b/other/o/there?alt=media", "", http.StatusNotFound, "no such object"},
		{"read_outside_of_the_bucket", http.MethodGet, "http://storage.test/storage/v1/b/proof/o/..%2F..%2Fetc%2Fpasswd?alt=media", "", http.StatusBadRequest, ""},
		{"what_is_known_of_it", http.MethodGet, "http://storage.test/storage/v1/b/proof/o/there", "", http.StatusBadRequest, "alt=media"},
		{"delete", http.MethodDelete, "http://storage.test/storage/v1/b/proof/o/there", "", http.StatusMethodNotAllowed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for kept, dir := range map[string]string{"in memory": "", "in a directory": t.TempDir()} {
				s := storage.New(dir)
				if code, said := call(t, s, http.MethodPost, uploads, upload(`{"name":"there"}`, "what is there")); code != http.StatusOK {
					t.Fatalf("%s: got %d %s", kept, code, said)
				}
				code, said := call(t, s, tc.method, tc.url, tc.body)
				if code != tc.want || !strings.Contains(said, tc.answer) {
					t.Errorf("%s: got %d %s, want %d with %q", kept, code, said, tc.want, tc.answer)
				}
				if _, still := call(t, s, http.MethodGet, "http://storage.test/storage/v1/b/proof/o/there?alt=media", ""); still != "what is there" {
					t.Errorf("%s: what was there is now %q", kept, still)
				}
			}
		})
	}
}

func call(t *testing.T, s *storage.Server, method, url, body string) (code int, said string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", uploadType)
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
