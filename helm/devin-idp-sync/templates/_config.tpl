{{- define "devin-idp-sync.secretFolder" -}}/run/secrets/devin-idp-sync{{- end -}}

{{- /* The configuration as the values give it, a map or the text of a file. */ -}}
{{- define "devin-idp-sync.givenConfig" -}}
{{- $given := .Values.config -}}
{{- if kindIs "string" $given -}}
{{- $parsed := fromYaml $given -}}
{{- with $parsed.Error -}}{{- fail (printf "config: the text is not a YAML map: %s" .) -}}{{- end -}}
{{- $given = $parsed -}}
{{- end -}}
{{- range $key := list "directory" "rules" -}}
{{- if not (hasKey $given $key) -}}
{{- fail (printf "config.%s is missing: give the daemon's configuration, at least directory and rules, as a map under config or with --set-file config=devin-idp-sync.yaml" $key) -}}
{{- end -}}
{{- end -}}
{{- toYaml $given -}}
{{- end -}}

{{- /*
The secrets that this configuration needs, as a list of {path, file, key}: where the daemon's configuration names
it, the file under the secret folder, and the key in the Secret. What the configuration takes from the
environment, as "${NAME}", needs no file. The value of a secret in the values is refused without being shown.
*/ -}}
{{- define "devin-idp-sync.secretFiles" -}}
{{- $config := include "devin-idp-sync.givenConfig" . | fromYaml -}}
{{- $keys := .Values.secret.keys -}}
{{- $directory := $config.directory -}}
{{- $wanted := list (dict "path" (list "devin" "key") "file" "devin-key" "key" $keys.devinKey) -}}
{{- with $directory.okta -}}
{{- if .privateKey -}}
{{- $wanted = append $wanted (dict "path" (list "directory" "okta" "privateKey" "key") "file" "okta-private-key" "key" $keys.oktaPrivateKey) -}}
{{- else -}}
{{- $wanted = append $wanted (dict "path" (list "directory" "okta" "token") "file" "okta-token" "key" $keys.oktaToken) -}}
{{- end -}}
{{- end -}}
{{- with $directory.entra -}}
{{- $wanted = append $wanted (dict "path" (list "directory" "entra" "clientSecret") "file" "entra-client-secret" "key" $keys.entraClientSecret) -}}
{{- end -}}
{{- if eq .Values.mode "daemon" -}}
{{- $wanted = append $wanted (dict "path" (list "server" "token") "file" "api-token" "key" $keys.apiToken) -}}
{{- end -}}
{{- if or (eq .Values.redis.mode "bundled") .Values.redis.external.passwordFromSecret -}}
{{- $wanted = append $wanted (dict "path" (list "redis" "password") "file" "redis-password" "key" $keys.redisPassword) -}}
{{- end -}}
{{- if and (eq .Values.redis.mode "external") .Values.redis.external.urlFromSecret -}}
{{- $wanted = append $wanted (dict "path" (list "redis" "url") "file" "redis-url" "key" $keys.redisUrl) -}}
{{- end -}}
{{- $files := list -}}
{{- range $wanted -}}
{{- $node := $config -}}
{{- range initial .path -}}{{- $node = default dict (get $node .) -}}{{- end -}}
{{- if not (contains "${" (toString (default "" (get $node (last .path))))) -}}
{{- $files = append $files . -}}
{{- end -}}
{{- end -}}
{{- toYaml $files -}}
{{- end -}}

{{- define "devin-idp-sync.refuseSecrets" -}}
{{- $config := include "devin-idp-sync.givenConfig" . | fromYaml -}}
{{- range $path := list "devin.key" "directory.okta.token" "directory.okta.privateKey.key" "directory.entra.clientSecret" "server.token" "redis.password" -}}
{{- $node := $config -}}
{{- range splitList "." $path -}}
{{- if kindIs "map" $node -}}{{- $node = get $node . -}}{{- else -}}{{- $node = "" -}}{{- end -}}
{{- end -}}
{{- if and (kindIs "string" $node) $node (not (contains "${" $node)) -}}
{{- fail (printf "config.%s is a secret, and values are stored in the cluster as they are: put it into the Secret that secret.existingSecret names" $path) -}}
{{- end -}}
{{- end -}}
{{- $url := dig "redis" "url" "" $config -}}
{{- if and (regexMatch "^rediss?://[^/]*@" $url) (not (contains "${" $url)) -}}
{{- fail "config.redis.url holds a password: put the whole url into the Secret and set redis.external.urlFromSecret" -}}
{{- end -}}
{{- end -}}

{{- /* The daemon's configuration: what the values give, and what only the chart knows. */ -}}
{{- define "devin-idp-sync.config" -}}
{{- include "devin-idp-sync.refuseSecrets" . -}}
{{- $config := include "devin-idp-sync.givenConfig" . | fromYaml -}}
{{- $_ := set $config "policy" (.Values.policy | default $config.policy | default "observe") -}}
{{- $_ := set $config "stateDir" "/var/lib/devin-idp-sync" -}}
{{- $redis := default dict $config.redis -}}
{{- if eq .Values.redis.mode "bundled" -}}
{{- range $key := list "url" "urlFile" "sentinel" "cluster" "username" -}}
{{- if hasKey $redis $key -}}
{{- fail (printf "config.redis.%s names a Redis of yours: set redis.mode to external as well" $key) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $redis "url" (printf "redis://%s:6379" (include "devin-idp-sync.redisName" .)) -}}
{{- else if not (or .Values.redis.external.urlFromSecret $redis.url $redis.sentinel $redis.cluster) -}}
{{- fail "redis.mode is external, but nothing says where it is: set redis.external.urlFromSecret, or config.redis.url, config.redis.sentinel or config.redis.cluster" -}}
{{- end -}}
{{- $_ := set $config "redis" $redis -}}
{{- $server := default dict $config.server -}}
{{- if eq .Values.mode "daemon" -}}
{{- $_ := set $server "listen" "0.0.0.0:8080" -}}
{{- $_ := set $config "server" $server -}}
{{- else -}}
{{- $_ := unset $config "server" -}}
{{- end -}}
{{- range include "devin-idp-sync.secretFiles" . | fromYamlArray -}}
{{- $node := $config -}}
{{- range initial .path -}}
{{- if not (kindIs "map" (get $node .)) -}}{{- $_ := set $node . dict -}}{{- end -}}
{{- $node = get $node . -}}
{{- end -}}
{{- $_ := unset $node (last .path) -}}
{{- $_ := set $node (printf "%sFile" (last .path)) (printf "%s/%s" (include "devin-idp-sync.secretFolder" $) .file) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
