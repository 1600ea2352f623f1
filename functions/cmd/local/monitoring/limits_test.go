package monitoring_test

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// What Cloud Logging and Cloud Monitoring take, and a plan with a mocked provider does not show.
const (
	longestFilter = 20000
	mostLabels    = 10
	mostBuckets   = 200
	shortestClose = 30 * time.Minute
	longestClose  = 7 * 24 * time.Hour
)

// name is what metrics and labels are called here: a dashboard's queries write a metric's name with underscores only.
var name = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// fewValued are the fields that a metric may be told apart by. All values of each are words of ours, or of a table of ours.
var fewValued = []string{
	"jsonPayload.because", "jsonPayload.code", "jsonPayload.door", "jsonPayload.outcome.class", "jsonPayload.outcome.currency", "jsonPayload.outcome.provider",
	"jsonPayload.outcome.reason", "jsonPayload.outcome.result", "jsonPayload.provider", "jsonPayload.status",
}

// shown are the further fields that an alert may show.
var shown = []string{
	"jsonPayload.account", "jsonPayload.account_id", "jsonPayload.app", "jsonPayload.app_id", "jsonPayload.cause", "jsonPayload.currency",
	"jsonPayload.fingerprint", "jsonPayload.kind",
	"jsonPayload.template_id",
}

func TestMetricsAreWithinLimits(t *testing.T) {
	t.Parallel()

	for n, m := range metrics(t) {
		if !name.MatchString(n) || m.Counts == "" {
			t.Errorf("%q counts %q, want a name of letters and underscores, and what it counts", n, m.Counts)
		}

		checkFilter(t, n, m.Filter)
		checkLabels(t, n, m.Labels, fewValued)

		distribution := m.Value != ""
		if ms := strings.HasSuffix(m.Value, "_ms"); ms != (m.Unit == "ms") || distribution && !ms && !strings.HasSuffix(m.Value, "_micros") {
			t.Errorf("%s is in %q and takes %s", n, m.Unit, m.Value)
		}

		if bounded := m.Scale > 0 && m.Growth > 1 && m.Buckets > 0 && m.Buckets <= mostBuckets && m.Unit != ""; distribution != bounded {
			t.Errorf("%s: of a distribution, and of nothing else, there are unit, scale, growth and at most %d buckets", n, mostBuckets)
		}

		day := float64((24 * time.Hour).Milliseconds())
		if last := m.Scale * math.Pow(m.Growth, float64(m.Buckets)); m.Unit == "ms" && n != "webhook_latency" && last < day {
			t.Errorf("%s: the last bucket begins at %.0f ms, want a day or more", n, last)
		}
	}
}

func TestAlertsAreWithinLimits(t *testing.T) {
	t.Parallel()

	for n, a := range alerts(t) {
		if a.Title == "" || !strings.HasSuffix(a.Text, ".") {
			t.Errorf("%s: got %q and %q, want a title and sentences", n, a.Title, a.Text)
		}

		if soon[a.Severity] == "" {
			t.Errorf("%s has the severity %q, which is none", n, a.Severity)
		}

		closes, err := time.ParseDuration(a.Closes)
		if err != nil || !strings.HasSuffix(a.Closes, "s") || closes < shortestClose || closes > longestClose {
			t.Errorf("%s closes after %q, want seconds from half an hour to a week", n, a.Closes)
		}

		// Between two lines of sweep's it must stay open.
		if strings.Contains(a.Filter, `service_name="sweep"`) && closes < 2*time.Hour {
			t.Errorf("%s closes after %s, and sweep writes its line once an hour", n, a.Closes)
		}

		if a.Filter != "" {
			checkFilter(t, n, a.Filter)
		}

		checkLabels(t, n, a.Labels, append(slices.Clone(fewValued), shown...))
	}
}

// checkFilter holds that a filter looks at functions only, is not too long, and says with parentheses what belongs together where it
// mixes AND and OR.
func checkFilter(t *testing.T, of, text string) {
	t.Helper()

	if len(text) > longestFilter || !strings.HasPrefix(text, `resource.type="cloud_run_revision" AND `) || strings.Contains(text, "\n") {
		t.Errorf("%s: got the filter %s, want one line about functions", of, text)
	}

	depth, joined := 0, map[int]string{}

	for word := range strings.FieldsSeq(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)) {
		switch word {
		case "(":
			depth++
			delete(joined, depth)
		case ")":
			depth--
		case "AND", "OR":
			if before := joined[depth]; before != "" && before != word {
				t.Errorf("%s mixes AND and OR without parentheses: %s", of, text)
			}

			joined[depth] = word
		}
	}
}

func checkLabels(t *testing.T, of string, labels map[string]string, may []string) {
	t.Helper()

	if len(labels) > mostLabels {
		t.Errorf("%s has %d labels, want %d at most", of, len(labels), mostLabels)
	}

	for label, field := range labels {
		// account is taken from account_id or account.
		if last := field[strings.LastIndexByte(field, '.')+1:]; strings.TrimSuffix(last, "_id") != label {
			t.Errorf("%s: the label %s is taken from %s, which is something else", of, label, field)
		}

		if !name.MatchString(label) || !slices.Contains(may, field) {
			t.Errorf("%s: the label %s is taken from %s, which it may not be", of, label, field)
		}
	}
}
