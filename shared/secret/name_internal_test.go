package secret

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

func TestResource(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("n", 255)
	tests := []struct{ name, in, want string }{
		{"short", "phone-key", "projects/p1/secrets/phone-key/versions/latest"},
		{"every_class", "aZ09_-", "projects/p1/secrets/aZ09_-/versions/latest"},
		{"longest", longest, "projects/p1/secrets/" + longest + "/versions/latest"},
		{"full_latest", "projects/other/secrets/k/versions/latest", "projects/other/secrets/k/versions/latest"},
		{"full_number", "projects/other/secrets/k/versions/12", "projects/other/secrets/k/versions/12"},
		{"empty", "", ""},
		{"too_long", longest + "n", ""},
		{"blank", "phone key", ""},
		{"dot", "phone.key", ""},
		{"not_ascii", "schl\u00fcssel", ""},
		{"line_break", "phone-key\n", ""},
		{"no_version", "projects/other/secrets/k", ""},
		{"empty_version", "projects/other/secrets/k/versions/", ""},
		{"alias", "projects/other/secrets/k/versions/newest", ""},
		{"signed_version", "projects/other/secrets/k/versions/-1", ""},
		{"no_project", "projects//secrets/k/versions/1", ""},
		{"no_name", "projects/other/secrets//versions/1", ""},
		{"too_long_a_name", "projects/other/secrets/" + longest + "n/versions/1", ""},
		{"more_behind", "projects/other/secrets/k/versions/1/x", ""},
		{"other_kind", "projects/other/topics/k/versions/1", ""},
		{"other_part", "projects/other/secrets/k/aliases/1", ""},
		{"other_root", "folders/other/secrets/k/versions/1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := New(Options{ProjectID: "p1"}).resource(tt.in)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if wantErr := tt.want == ""; wantErr != fault.Is(err, fault.Invalid) || !wantErr && err != nil {
				t.Errorf("got error %v, want an invalid name: %v", err, wantErr)
			}
		})
	}
}
