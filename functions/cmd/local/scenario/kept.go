package scenario

import (
	"fmt"
	"io/fs"

	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// Kept is a story that is kept with the product.
type Kept struct {
	Scenario

	// File is its path in testdata, such as "scenarios/stop.json".
	File string
}

// KeptAs returns the stories of testdata/scenarios whose files' names begin so, by these names; all for an empty beginning.
func KeptAs(beginning string) ([]Kept, error) {
	files, err := fs.Glob(testdata.Files, "scenarios/"+beginning+"*.json")
	if err != nil {
		return nil, err
	}

	var all []Kept

	for _, file := range files {
		data, err := testdata.Files.ReadFile(file)
		if err != nil {
			return nil, err
		}

		s, err := Read(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}

		all = append(all, Kept{Scenario: s, File: file})
	}

	return all, nil
}
