package capacity

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of terraform/CAPACITY.md instead of comparing with them")

const page = "terraform/CAPACITY.md"

// TestPage holds the tables of the page to what the model works out. With -update it writes them.
func TestPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(root, page)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written := string(text)
	for heading, want := range newModel(t).tables() {
		before, section, found := strings.Cut(written, "\n"+heading+"\n")
		if !found {
			t.Errorf("%s has no %q", page, heading)
			continue
		}
		start := strings.Index(section, "\n| ") + 1
		end := start
		for strings.HasPrefix(section[end:], "|") {
			end += strings.IndexByte(section[end:], '\n') + 1
		}
		if start == 0 || strings.Contains(section[:start], "\n## ") {
			t.Errorf("%s has no table below %q", page, heading)
			continue
		}
		if *update {
			written = before + "\n" + heading + "\n" + section[:start] + want + section[end:]
			continue
		}
		if diff := cmp.Diff(want, section[start:end]); diff != "" {
			t.Errorf("%s of %s; make golden writes it (-want +got):\n%s", heading, page, diff)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(written), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The most that a million messages may cost to send, by the prices of Oregon, in dollars.
const (
	mostAlone    = 8
	mostReported = 16
)

// TestCost holds that a million messages cost no more to send than they may. At 10 thousand a day they are 300,000 a month, of which a
// bill is mostly what stands by: that is bounded as a whole.
func TestCost(t *testing.T) {
	t.Parallel()
	m := newModel(t)
	if problems := m.tooDear(); len(problems) > 0 {
		t.Error(strings.Join(problems, "\n"))
	}
	m.cpu = m.Measured.Busy
	if problems := m.tooDear(); len(problems) > 0 {
		t.Errorf("by the processor time of a busy machine: %s", strings.Join(problems, "\n"))
	}
	m.Counted.Send.Writes += 3
	if len(m.tooDear()) == 0 {
		t.Error("three more writes a message are not found too dear")
	}
}

// tooDear names what costs more than it may.
func (m model) tooDear() []string {
	var problems []string
	oregon := m.prices.Regions[0]
	for _, day := range m.Assumed.Sizes {
		alone, reported := m.perMillion(oregon, day, false), m.perMillion(oregon, day, true)
		if day >= 1_000_000 && (alone > mostAlone || reported > mostReported) {
			problems = append(problems, grouped2(day)+" a day: a million cost "+dollars(alone)+" without callbacks and "+dollars(reported)+" with three, and may $8 and $16")
		}
	}
	small := m.bill(oregon, m.standing().plus(m.sending(10_000, true)).plus(m.keeping(10_000)))
	if small.total() > 100 {
		problems = append(problems, "10,000 a day: a month costs "+dollars(small.total())+", and may $100")
	}

	return problems
}
