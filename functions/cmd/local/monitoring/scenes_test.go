package monitoring_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
)

// scene is something that happens, and what of the module has to see it: all that is named, and nothing else.
type scene struct {
	name string
	play func(b *book)
	want []string
}

// TestProductWritesWhatIsWatched plays every scene with the real functions, and evaluates every filter over the lines that they write.
func TestProductWritesWhatIsWatched(t *testing.T) {
	t.Parallel()

	all := filters(t)
	books := make([]*book, len(scenes))

	t.Run("scenes", func(t *testing.T) {
		t.Parallel()

		for i, s := range scenes {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()

				b := &book{t: t}
				s.play(b)

				if diff := cmp.Diff(s.want, matching(all, b.all())); diff != "" {
					t.Errorf("what matches its lines (-want +got):\n%s", diff)
				}

				books[i] = b
			})
		}

		t.Cleanup(func() { judge(t, all, books) })
	})
}

// judge holds that each filter matches a line of a scene, that the fields that are taken from it are there, and that each value in it
// counts: with another one it matches fewer lines.
func judge(t *testing.T, all map[string]watched, books []*book) {
	t.Helper()

	var entries []entry

	for _, b := range books {
		if b == nil {
			return // it failed already, or was not played
		}

		entries = append(entries, b.all()...)
	}

	if wrong := unmatched(all, entries); len(wrong) > 0 {
		t.Errorf("no line that the product writes is matched by %q", wrong)
	}

	for name, w := range all {
		for _, planted := range spoiled(w.text) {
			f, err := parseFilter(planted)
			if err != nil {
				t.Fatalf("%s: %v", planted, err)
			}
			if count(entries, f) >= count(entries, w.matches) {
				t.Errorf("a filter of %s matches as many lines with another value: %s", name, planted)
			}
		}
	}
}

// count returns how many entries a filter matches.
func count(entries []entry, f filter) (n int) {
	for _, e := range entries {
		if f(e) {
			n++
		}
	}

	return n
}

// spoilable is a value in a filter: a quoted one, in a list or alone, or the number that something is compared with.
var spoilable = regexp.MustCompile(`"[^"]*"|=[0-9]+`)

// spoiled returns a filter with each of its values turned into another one, one after the other. What stands after NOT is left as it is, and
// the functions of the alert on errors, of which not every one fails in a scene.
func spoiled(text string) []string {
	var all []string

	for _, at := range spoilable.FindAllStringIndex(text, -1) {
		before, value, after := text[:at[0]], text[at[0]:at[1]], text[at[1]:]
		clause := before[max(strings.LastIndex(before, " AND "), 0):]

		switch {
		case strings.Contains(clause, "NOT "), strings.Contains(clause, `("brandapi"`), strings.HasSuffix(clause, `service_name=(`) && value == `"brandapi"`:
		case value[0] == '=':
			all = append(all, before+value+"1"+after)
		default:
			all = append(all, before+`"x`+value[1:]+after)
		}
	}

	return all
}

// start starts a rig that logs to the book.
func start(b *book, o rig.Options) *rig.Rig {
	b.t.Helper()

	o.Logger = b.logger

	return rig.New(b.t, o)
}

// sweep has the rig's sweep called once, whatever comes of it.
func sweep(r *rig.Rig) { r.CallSweep(r.Hooks) }

// scenes are what the filters are tried with.
var scenes = slices.Concat(sending, sweeping)

// TestScenesHaveNames holds that each scene can be told from the others.
func TestScenesHaveNames(t *testing.T) {
	t.Parallel()

	var names []string
	for _, s := range scenes {
		names = append(names, s.name)
	}

	slices.Sort(names)
	if n := len(slices.Compact(slices.Clone(names))); n != len(scenes) {
		t.Errorf("got %d names of %d scenes", n, len(scenes))
	}
}
