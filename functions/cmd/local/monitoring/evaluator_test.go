package monitoring_test

import (
	"strings"
	"testing"
)

// sample is an entry that the evaluator is tried with. No filter of the module is.
var sample = entry{
	"severity": "WARNING",
	"logName":  "projects/p/logs/run.googleapis.com%2Fstderr",
	"resource": map[string]any{"type": "cloud_run_revision", "labels": map[string]any{"service_name": "sweep"}},
	"jsonPayload": map[string]any{
		"message": "it is late", "status": 404.0, "told": true, "outcome": map[string]any{"result": "refused"},
	},
}

func TestEvaluator(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]bool{
		`severity=WARNING`:                                         true,
		`severity>=WARNING`:                                        true,
		`severity>=ERROR`:                                          false,
		`severity<ERROR`:                                           true,
		`jsonPayload.message="it is late"`:                         true,
		`jsonPayload.message="late"`:                               false,
		`jsonPayload.message:"late"`:                               true,
		`jsonPayload.message=~"^it .* late$"`:                      true,
		`jsonPayload.message="it is late" AND NOT severity>=ERROR`: true,
		`jsonPayload.outcome.result="refused"`:                     true,
		`jsonPayload.outcome.result=("refused" OR "dropped")`:      true,
		`jsonPayload.outcome.result=("sent" OR "dropped")`:         false,
		`jsonPayload.outcome.result:*`:                             true,
		`jsonPayload.outcome.reason:*`:                             false,
		`NOT jsonPayload.outcome.reason:*`:                         true,
		`jsonPayload.result="refused"`:                             false, // the path is another one
		`jsonPayload.outcome="refused"`:                            false, // an object is no text
		`jsonPayload.status>=400`:                                  true,
		`jsonPayload.status<400`:                                   false,
		`jsonPayload.status=404`:                                   true,
		`jsonPayload.message>400`:                                  false,
		`jsonPayload.told="true"`:                                  true,
		`log_id("run.googleapis.com/stderr")`:                      true,
		`log_id("run.googleapis.com/requests")`:                    false,
		`resource.type="cloud_run_revision" AND resource.labels.service_name="notify"`: false,
		// OR binds more tightly than AND: the first is false AND (… OR true).
		`severity=ERROR AND jsonPayload.status=1 OR severity=WARNING`:   false,
		`(severity=ERROR AND jsonPayload.status=1) OR severity=WARNING`: true,
		`severity=WARNING OR severity=ERROR AND jsonPayload.status=1`:   false,
		`NOT (severity=ERROR OR jsonPayload.status=404)`:                false,
		`NOT severity=ERROR OR jsonPayload.status=404`:                  true,
	} {
		f, err := parseFilter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := f(sample); got != want {
			t.Errorf("%s: got %t, want %t", text, got, want)
		}
	}
}

// TestEvaluatorRefuses holds that nothing is guessed: what the evaluator does not know is an error.
func TestEvaluatorRefuses(t *testing.T) {
	t.Parallel()

	for _, text := range []string{
		``, `late`, `"late"`, `severity`, `severity=`, `severity!=ERROR`, `jsonPayload.message=it is late`, `jsonPayload.message=late`,
		`(severity=ERROR`, `severity=ERROR)`, `severity=ERROR AND`, `AND severity=ERROR`, `severity=ERROR severity=ERROR`, `-severity=ERROR`,
		`textPayload="x"`, `jsonPayload="x"`, `labels.instanceId="x"`, `resource.labels.project_id="x"`, `log_id(run)`, `log_id("a" OR "b")`,
		`jsonPayload.message=("a" AND "b")`, `jsonPayload.message=("a"`, `jsonPayload.message="a`, `jsonPayload.Message="a"`, `severity=NOT`,
	} {
		if _, err := parseFilter(text); err == nil {
			t.Errorf("%q is read", text)
		} else if strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%q: the error says nothing", text)
		}
	}
}
