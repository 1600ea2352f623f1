package monitoring_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// chart is a chart of the dashboard, as dashboard.yaml describes it.
type chart struct {
	Title  string   `yaml:"title"`
	Axis   string   `yaml:"axis"`
	Series []series `yaml:"series"`
}

type series struct {
	Metric   string   `yaml:"metric"`
	Resource string   `yaml:"resource"`
	Where    string   `yaml:"where"`
	Align    string   `yaml:"align"`
	Reduce   string   `yaml:"reduce"`
	By       []string `yaml:"by"`
	Query    string   `yaml:"query"`
}

const ours = "logging.googleapis.com/user/"

// googles are the metrics of Google's that are shown, and the aligners of Cloud Monitoring that each takes: what is measured at a moment has
// a greatest value, what is counted a difference.
var googles = map[string]string{
	"run.googleapis.com/request_count":                              "ALIGN_DELTA",
	"run.googleapis.com/container/instance_count":                   "ALIGN_MAX",
	"pubsub.googleapis.com/subscription/num_undelivered_messages":   "ALIGN_MAX",
	"pubsub.googleapis.com/subscription/oldest_unacked_message_age": "ALIGN_MAX",
}

// sumOf is how PromQL names what a distribution of ours adds up to.
var sumOf = regexp.MustCompile(`logging_googleapis_com:user_([a-z_]+)_sum\{`)

// TestDashboardShowsTheMetrics holds that each series is of a metric that is there, is told apart by labels that it has, and is put together
// as its kind can be; and that each metric of ours is shown.
func TestDashboardShowsTheMetrics(t *testing.T) {
	t.Parallel()

	var charts []chart
	load(t, "dashboard.yaml", &charts)

	all, shown := metrics(t), map[string]bool{}

	for _, c := range charts {
		if c.Title == "" || c.Axis == "" || len(c.Series) == 0 {
			t.Errorf("%q has the axis %q and %d series, want a title, an axis and a series", c.Title, c.Axis, len(c.Series))
		}

		for _, s := range c.Series {
			name, is := strings.CutPrefix(s.Metric, ours)

			switch {
			case s.Query != "":
				m := sumOf.FindStringSubmatch(s.Query)
				if m == nil || all[m[1]].Value == "" {
					t.Errorf("%s: %s is not of a distribution that is made", c.Title, s.Query)
					continue
				}

				shown[m[1]] = true
			case is:
				shown[name] = true
				checkSeries(t, c.Title, s, all[name])
			case googles[s.Metric] != s.Align || len(s.By) == 0:
				t.Errorf("%s: %s is no metric that is known here, or is not aligned by %s", c.Title, s.Metric, s.Align)
			}
		}
	}

	for name := range all {
		if !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// checkSeries holds that a series fits the metric of ours that it is of.
func checkSeries(t *testing.T, title string, s series, m metric) {
	t.Helper()

	reduce := "REDUCE_SUM"
	if m.Value != "" {
		reduce = "REDUCE_PERCENTILE_99"
	}

	if m.Filter == "" || s.Align != "ALIGN_DELTA" || s.Reduce != reduce || s.Resource != "" {
		t.Errorf("%s: %s is not made, or cannot be put together by %s and %s", title, s.Metric, s.Align, s.Reduce)
	}

	for _, field := range s.By {
		label, is := strings.CutPrefix(field, "metric.label.")
		if _, has := m.Labels[label]; !is || !has {
			t.Errorf("%s: %s has no label %s", title, s.Metric, field)
		}
	}

	if len(s.By) == 0 || !slices.IsSorted(s.By) {
		t.Errorf("%s: %s is told apart by %v, want labels in their order", title, s.Metric, s.By)
	}
}
