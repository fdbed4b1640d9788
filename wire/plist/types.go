package plist

import (
	"fmt"
	"time"
)

// TypeName names the property list type of a decoded value: "string",
// "integer", "real", "boolean", "data", "date", "UID", "array" or "dictionary".
func TypeName(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case uint64, int64:
		return "integer"
	case float64, float32:
		return "real"
	case bool:
		return "boolean"
	case []byte:
		return "data"
	case time.Time:
		return "date"
	case UID:
		return "UID"
	case []any:
		return "array"
	case map[string]any:
		return "dictionary"
	case nil:
		return "nothing"
	}
	return fmt.Sprintf("%T", v)
}
