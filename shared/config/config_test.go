package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

type inner struct {
	Host string `env:"HOST, required"`
	Port int    `env:"PORT, default=1"`
}

type sample struct {
	Text     string        `env:"TEXT, required"`
	Number   int           `env:"NUMBER, default=7"`
	Wait     time.Duration `env:"WAIT, default=10s"`
	On       bool          `env:"ON"`
	List     []string      `env:"LIST"`
	Level    slog.Level    `env:"LEVEL, default=INFO"`
	Rate     float64       `env:"RATE"`
	Secret   config.Secret `env:"SECRET"`
	Inner    inner         `env:", prefix=INNER_"`
	Preset   string        `env:"PRESET, default=tag"`
	Untagged string
}

func TestLoad(t *testing.T) {
	t.Parallel()
	var got sample
	err := config.Load(t.Context(), config.Map(map[string]string{
		"TEXT": " hello ", "NUMBER": "42", "ON": "true", "LIST": "a,b", "LEVEL": "WARN", "SECRET": "s3cret",
		"INNER_HOST": "db.example.com", "HOST": "ignored",
	}), &got)
	if err != nil {
		t.Fatal(err)
	}
	want := sample{
		Text: "hello", Number: 42, Wait: 10 * time.Second, On: true, List: []string{"a", "b"}, Level: slog.LevelWarn,
		Secret: config.NewSecret("s3cret"), Inner: inner{Host: "db.example.com", Port: 1}, Preset: "tag",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestLoadJoinsEveryProblem(t *testing.T) {
	t.Parallel()
	const value = "value-that-must-not-be-printed"
	err := config.Load(t.Context(), config.Map(map[string]string{
		"TEXT": "  ", "NUMBER": value, "WAIT": value, "ON": value, "LEVEL": value, "RATE": value,
	}), &sample{})
	if err == nil {
		t.Fatal("got no error")
	}
	want := []string{
		"TEXT is required",
		"NUMBER cannot be read as a whole number",
		"WAIT cannot be read as a duration such as 10s or 3m",
		"ON cannot be read as true or false",
		"LEVEL cannot be read as a level: DEBUG, INFO, WARN or ERROR",
		"RATE cannot be read as a number",
		"INNER_HOST is required",
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), value) {
		t.Errorf("%q quotes a value", err)
	}
}

func TestLoadRefusesWhatIsNoStruct(t *testing.T) {
	t.Parallel()
	n := 0
	for _, target := range []any{nil, sample{}, &n, (*sample)(nil)} {
		if err := config.Load(t.Context(), config.Map(nil), target); err == nil {
			t.Errorf("%T: got no error", target)
		}
	}
}

type validated struct {
	Low  int `env:"LOW"`
	High int `env:"HIGH"`
}

func (v validated) Validate() error {
	if v.Low >= v.High {
		return errors.New("LOW must be less than HIGH")
	}
	return nil
}

func TestLoadValidates(t *testing.T) {
	t.Parallel()
	err := config.Load(t.Context(), config.Map(map[string]string{"LOW": "3", "HIGH": "2"}), &validated{})
	if err == nil || err.Error() != "LOW must be less than HIGH" {
		t.Errorf("got %v, want the rule's text", err)
	}
	if err := config.Load(t.Context(), config.Map(map[string]string{"LOW": "1", "HIGH": "2"}), &validated{}); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// firstPart and secondPart are two parts that read one variable.
type firstPart struct {
	Shared  int `env:"SHARED, required"`
	Limited validated
}

type secondPart struct {
	Shared int `env:"SHARED, required"`
}

type outer struct {
	First  firstPart
	Second secondPart
}

// Validate is a rule over two parts.
func (o outer) Validate() error {
	var check config.Check
	check.That(o.First.Limited.Low > 0, "LOW must be more than zero")
	return check.Err()
}

func TestLoadValidatesTheStructsInside(t *testing.T) {
	t.Parallel()
	err := config.Load(t.Context(), config.Map(map[string]string{"SHARED": "1"}), &outer{})
	want := "LOW must be less than HIGH\nLOW must be more than zero"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want each rule once, the inner ones first: %q", err, want)
	}
	err = config.Load(t.Context(), config.Map(nil), &struct{ validated }{})
	if want = "LOW must be less than HIGH"; err == nil || err.Error() != want {
		t.Errorf("embedded: got %v, want %q once", err, want)
	}
	err = config.Load(t.Context(), config.Map(nil), &outer{})
	if want = "SHARED is required"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q once", err, want)
	}
}

func TestOSReadsTheEnvironment(t *testing.T) {
	t.Setenv("CONFIG_TEST_VARIABLE", "here")
	if got, ok := config.OS().Lookup("CONFIG_TEST_VARIABLE"); !ok || got != "here" {
		t.Errorf("got %q, %v, want here, true", got, ok)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const value = "s3cret-value"
	s := config.NewSecret(value)
	private := struct {
		Name   string
		secret config.Secret
		Deep   struct {
			Secret config.Secret `json:"secret"`
		}
	}{Name: "x", secret: s}
	private.Deep.Secret = s
	encoded, err := json.Marshal(private.Deep)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	logger := slog.New(slog.NewJSONHandler(&lines, nil))
	logger.InfoContext(t.Context(), "x", slog.Any("a", s), slog.Any("b", &s), slog.Any("c", private.Deep))
	printed := map[string]string{"json": string(encoded), "slog": lines.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed[verb] = fmt.Sprintf(verb, s)
		printed["pointer "+verb] = fmt.Sprintf(verb, &s)
		printed["struct "+verb] = fmt.Sprintf(verb, private)
		printed["error "+verb] = fmt.Errorf("load "+verb, private).Error()
	}
	for how, text := range printed {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("%s prints the value: %s", how, text)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); got != strings.TrimSpace(strings.Repeat("[redacted] ", 4)) {
		t.Errorf("got %q, want [redacted] for every verb", got)
	}
}

func TestSecretValue(t *testing.T) {
	t.Parallel()
	s := config.NewSecret("abc")
	if s.Reveal() != "abc" || s.IsZero() {
		t.Errorf("got %q, zero %v, want abc, false", s.Reveal(), s.IsZero())
	}
	if !s.Matches("abc") || s.Matches("abd") || s.Matches("") || s.Matches("abcd") {
		t.Error("Matches does not compare")
	}
	if !s.Equal(config.NewSecret("abc")) || s.Equal(config.Secret{}) {
		t.Error("Equal does not compare")
	}
	zero := config.NewSecret("")
	if !zero.IsZero() || zero.Reveal() != "" || !zero.Equal(config.Secret{}) {
		t.Error("the empty secret is not the zero one")
	}
}
