package pavise

import (
	"strings"
	"testing"
)

func TestInProduction(t *testing.T) {
	for text, want := range map[string]Outcome{
		`process.env.NODE_ENV === "production"`:    Pass,
		`process.env.NODE_ENV !== 'production'`:    Fail,
		`!(process.env.NODE_ENV === "production")`: Fail,
		"app.get('env') === 'development'":         Fail,
		"config.isProduction":                      Pass,
		"!isDev":                                   Pass,
		"process.env.SECURE":                       Unknown,
		`env === "production" && tls`:              Unknown,
		strings.Repeat("!(", 100_000):              Unknown,
	} {
		if got := InProduction(text); got != want {
			t.Errorf("%.60s: %s, want %s", text, got, want)
		}
	}
	for want, when := range map[Outcome][]string{
		Pass:    {`NODE_ENV === "production"`},
		Fail:    {"process.env.SECURE", `NODE_ENV === "test"`},
		Unknown: {`NODE_ENV === "production"`, "process.env.SECURE"},
	} {
		if got := (Use{When: when}).Runs(); got != want {
			t.Errorf("%q: %s, want %s", when, got, want)
		}
	}
}

func TestHolds(t *testing.T) {
	for _, tt := range []struct {
		value Value
		want  Outcome
	}{
		{Value{Kind: BoolValue, Text: "true"}, Pass}, {Value{Kind: NumberValue, Text: "0"}, Fail}, {Value{Kind: NullValue}, Fail},
		{Value{Kind: StringValue, Text: "loopback"}, Pass}, {Value{Kind: FunctionValue}, Pass}, {Value{Kind: EnvValue, Text: "SECURE"}, Unknown},
		{Value{Kind: OtherValue, Text: `process.env.NODE_ENV === "production"`}, Pass},
	} {
		if got := tt.value.Holds(); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.value, got, tt.want)
		}
	}
}
