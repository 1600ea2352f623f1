package lenient

import (
	"encoding/json"
	"testing"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1780000105": 1780000105000, "1780000105250": 1780000105250, " 1780000105 ": 1780000105000, "1780000105.7": 1780000105000,
		"2026-05-28T20:28:25Z": 1780000105000, "2026-05-29T01:58:25+05:30": 1780000105000, "2026-05-29 01:58:25 +0530": 1780000105000,
		"2026-05-28 20:28:25": 0, "": 0, "0": 0, "-5": 0, "NaN": 0, "Inf": 0, "1e300": 0, "yesterday": 0,
		"1900-01-01T00:00:00Z": 0,
	} {
		if got := ParseTime(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{
		`1780000105`: 1780000105000, `"1780000105"`: 1780000105000, `1780000105250`: 1780000105250, `1780000105.7`: 1780000105000,
		`"2026-11-20T04:50:12Z"`: 1795150212000, `"2026-11-20T10:20:12+05:30"`: 1795150212000, `"2026-11-20 10:20:12"`: 0,
		`null`: 0, `true`: 0, `{}`: 0, `[1780000105]`: 0, `""`: 0,
	} {
		got := Time(1)
		if err := json.Unmarshal([]byte(raw), &got); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if got.Millis() != want {
			t.Errorf("%s: got %d, want %d", raw, got.Millis(), want)
		}
	}
}
