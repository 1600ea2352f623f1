package outcome

import "reflect"

// EndingType is what message-outcomes has in JSON.
var EndingType = reflect.TypeFor[ending]()
