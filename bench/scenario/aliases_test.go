package scenario_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

// TestOldKeysAndSynonyms: a key of an older version or of another tool is refused with
// the key to write instead, at every place of a scenario.
func TestOldKeysAndSynonyms(t *testing.T) {
	for _, section := range []struct{ field, old, new, keys string }{
		{"", "blocks: 6", "blocks: 6\nKEY: x", "beside=sidecars looks=interim_analyses replace=max_repeats describe=info_path " +
			"counters=counters_path unchanged=unchanged_counters description=about include=extends versions=variants environment=env " +
			"envfile=env_file volumes=files ports=port healthcheck=ready shutdown=stop resources=limits postgres=database " +
			"assertions=claims thresholds=claims depends_on=sidecars bloks=blocks"},
		{"variants[0].", "build: ./a}", "build: ./a, KEY: x}", "beside=sidecars cmd=command entrypoint=command arguments=args " +
			"environment=env docker_image=image mounts=files dependencies=sidecars"},
		{"sidecars[0].", "blocks: 6", "blocks: 6\nsidecars: [{name: c, image: x, KEY: x}]", "cmd=command environment=env expose=port health=ready"},
		{"variants[0].sidecars[0].", "build: ./a}", "build: ./a, sidecars: [{name: c, image: x, KEY: x}]}", "cmd=command environment=env ports=port"},
		{"variants[0].build.", "build: ./a}", "build: {context: ., KEY: x}}", "arguments=args dockerfil=dockerfile"},
		{"claims[0].", "id: less,", "id: less, KEY: x,", "against=baseline versus=baseline of=variant arm=variant says=statement title=statement why=because rationale=because fixture=calibrated set_by=calibrated"},
		{"claims[0].reduction.", "{at_least: 50%}", "{KEY: 50%}", "min=at_least max=at_most minimum=at_least atmost=at_most"},
		{"claims[0].ratio.", "reduction: {at_least: 50%}", "ratio: {at_most: 1.1, KEY: 5MB}", "floor=or_within margin=or_within tolerance=or_within"},
		{"load.", "target: {path: /}", "target: {path: /}\n  KEY: x", "same_work=equal_responses sustained=capacity_latency stages=phases"},
		{"load.target.", "{path: /}", "{path: /, KEY: x}", "url=path uri=path header=headers time_out=timeout"},
		{"load.phases[0].", "for: 1s", "for: 1s, KEY: x", "probe=capacity_step"},
		{"load.phases[0].", "for: 1s", "KEY: 1s", "duration=for length=for time=for"},
		{"load.phases[0].", "rate: 10/s", "KEY: 10/s", "rps=rate qps=rate"},
		{"noise.", "blocks: 6", "blocks: 6\nnoise: {KEY: x}", "foreign_cpu=other_cpu foreign_cpu_during=other_cpu_during pressure=cpu_psi " +
			"psi=cpu_psi overshoot=wakeup_latency patience=max_wait look=reading"},
		{"limits.", "blocks: 6", "blocks: 6\nlimits: {KEY: x}", "cpu=cpus cores=cpus mem=memory ram=memory"},
		{"database.", "blocks: 6", "blocks: 6\ndatabase: {KEY: x}", "rows=rows_query"},
		{"controls.", "blocks: 6", "blocks: 6\ncontrols: {KEY: x}", "of=baseline against=baseline"},
		{"ready.", "blocks: 6", "blocks: 6\nready: {KEY: x}", "url=path timeout=within"},
		{"attribution.causes[0].", "blocks: 6", "blocks: 6\nattribution: {causes: [{name: c, KEY: x}]}", "moves=manipulation_check " +
			"with=expect_with without=expect_without says=statement environment=env"},
	} {
		for _, pair := range strings.Fields(section.keys) {
			key, want, _ := strings.Cut(pair, "=")
			text := strings.Replace(valid, section.old, strings.ReplaceAll(section.new, "KEY", key), 1)
			_, err := scenario.ParseScenario("tiny.yaml", []byte(text))
			message := section.field + key + ": unknown field: did you mean " + want + "?"
			if err == nil || !strings.Contains(err.Error(), ": "+message) {
				t.Errorf("%v, want %s", err, message)
			}
		}
	}
	for old, want := range map[string]string{"all": "full_factorial", "ends": "one_at_a_time"} {
		_, err := scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "blocks: 6", "blocks: 6\nattribution: {design: "+old+"}", 1)))
		if message := `attribution.design: "` + old + `" is unknown: did you mean ` + want + "?"; err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %s", err, message)
		}
	}
}
