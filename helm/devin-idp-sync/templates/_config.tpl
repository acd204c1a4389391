{{- define "devin-idp-sync.secretFolder" -}}/run/secrets/devin-idp-sync{{- end -}}
{{- define "devin-idp-sync.redisTlsFolder" -}}/run/secrets/devin-idp-sync-redis{{- end -}}
{{- define "devin-idp-sync.identityFolder" -}}/run/identity/devin-idp-sync{{- end -}}

{{- /* The configuration as the values give it, a map or the text of a file. */ -}}
{{- define "devin-idp-sync.givenConfig" -}}
{{- $given := default dict .Values.config -}}
{{- if kindIs "string" $given -}}
{{- $parsed := fromYaml $given -}}
{{- with $parsed.Error -}}{{- fail (printf "config: the text is not a YAML map: %s" .) -}}{{- end -}}
{{- $given = $parsed -}}
{{- end -}}
{{- range $key := list "directory" "rules" -}}
{{- if not (get $given $key) -}}
{{- fail (printf "config.%s is missing: give the daemon's configuration, at least directory and rules, as a map under config or with --set-file config=devin-idp-sync.yaml" $key) -}}
{{- end -}}
{{- end -}}
{{- include "devin-idp-sync.refuseSecrets" (dict "node" $given "path" "config") -}}
{{- toYaml $given -}}
{{- end -}}

{{- /* Values are kept in the cluster as they are, so a secret in them is refused, and not shown. */ -}}
{{- define "devin-idp-sync.refuseSecrets" -}}
{{- $names := list "key" "token" "clientSecret" "certificate" "password" "secret" "clientState" "ca" "cert" -}}
{{- $path := .path -}}
{{- if kindIs "map" .node -}}
{{- range $name, $value := .node -}}
{{- if and (has $name $names) (kindIs "string" $value) (not (contains "${" $value)) -}}
{{- if hasSuffix ".redis.tls" $path -}}
{{- fail (printf "%s.%s is a secret: name its Secret in redis.external.tls.secret, and leave it out here" $path $name) -}}
{{- end -}}
{{- fail (printf "%s.%s is a secret: put it into the Secret that secret.existingSecret names, and leave it out here" $path $name) -}}
{{- end -}}
{{- if and (eq $name "url") (kindIs "string" $value) (regexMatch "^rediss?://[^/]*@" $value) (not (contains "${" $value)) -}}
{{- fail (printf "%s.url holds a password: put the whole URL into the Secret and set redis.external.urlFromSecret" $path) -}}
{{- end -}}
{{- include "devin-idp-sync.refuseSecrets" (dict "node" $value "path" (printf "%s.%s" $path $name)) -}}
{{- end -}}
{{- else if kindIs "slice" .node -}}
{{- range $index, $value := .node -}}
{{- include "devin-idp-sync.refuseSecrets" (dict "node" $value "path" (printf "%s[%d]" $path $index)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
Makes the map `node` take the secret `name` from a mounted file, unless it takes it from the environment as
"${NAME}". The key in the Secret is the name of the file that the configuration gives, else `key`. Adds to `keys`.
*/ -}}
{{- define "devin-idp-sync.fromFile" -}}
{{- if not (hasKey .node .name) -}}
{{- $file := printf "%sFile" .name -}}
{{- $key := base (default .key (get .node $file)) -}}
{{- $_ := set .node $file (printf "%s/%s" (include "devin-idp-sync.secretFolder" .) $key) -}}
{{- $_ := set .keys $key (printf "%s.%s" .path $file) -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.sourceSecrets" -}}
{{- $place := dict "keys" .keys "path" .path -}}
{{- with .node.okta -}}
{{- if .privateKey -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" .privateKey "name" "key" "key" (printf "%sokta-private-key" $.before)) $place) -}}
{{- else -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" . "name" "token" "key" (printf "%sokta-token" $.before)) $place) -}}
{{- end -}}
{{- end -}}
{{- with .node.entra -}}
{{- if $.identity -}}
{{- $_ := set . "workloadIdentity" (dict "tokenPath" (printf "%s/token" (include "devin-idp-sync.identityFolder" .))) -}}
{{- else if or (hasKey . "certificateFile") (hasKey . "certificate") -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" . "name" "certificate" "key" (printf "%sentra-certificate" $.before)) $place) -}}
{{- else if not (hasKey . "workloadIdentity") -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" . "name" "clientSecret" "key" (printf "%sentra-client-secret" $.before)) $place) -}}
{{- end -}}
{{- end -}}
{{- with .node.scim -}}
{{- if .oauth -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" .oauth "name" "clientSecret" "key" (printf "%sscim-client-secret" $.before)) $place) -}}
{{- else -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" . "name" "token" "key" (printf "%sscim-token" $.before)) $place) -}}
{{- end -}}
{{- end -}}
{{- with .node.scimPush -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "node" . "name" "token" "key" (printf "%sscim-push-token" $.before)) $place) -}}
{{- end -}}
{{- end -}}

{{- /*
{config, keys}: the daemon's configuration, made of what the values give and what only the chart knows, and the
keys of the Secret that it needs, each with the place that needs it.
*/ -}}
{{- define "devin-idp-sync.assembled" -}}
{{- $config := include "devin-idp-sync.givenConfig" . | fromYaml -}}
{{- $keys := dict -}}
{{- $_ := set $config "policy" (.Values.policy | default $config.policy | default "observe") -}}
{{- $_ := set $config "stateDir" "/var/lib/devin-idp-sync" -}}
{{- range $part := list "devin" "redis" "server" -}}
{{- if not (kindIs "map" (get $config $part)) -}}{{- $_ := set $config $part dict -}}{{- end -}}
{{- end -}}
{{- include "devin-idp-sync.fromFile" (dict "node" $config.devin "name" "key" "key" "devin-key" "keys" $keys "path" "devin") -}}
{{- $identity := .Values.workloadIdentity.enabled -}}
{{- if and $identity (not (contains "entra" (toJson $config.directory))) -}}
{{- fail "workloadIdentity.enabled is for Entra, and config.directory has no entra" -}}
{{- end -}}
{{- range $source := default (list $config.directory) $config.directory.sources -}}
{{- $before := empty $config.directory.sources | ternary "" (printf "%s-" $source.name) -}}
{{- include "devin-idp-sync.sourceSecrets" (dict "node" $source "before" $before "identity" $identity "keys" $keys "path" "directory") -}}
{{- end -}}
{{- include "devin-idp-sync.redisConfig" (dict "root" . "redis" $config.redis "keys" $keys) -}}
{{- if eq .Values.mode "daemon" -}}
{{- include "devin-idp-sync.serverConfig" (dict "server" $config.server "keys" $keys) -}}
{{- range $index, $hook := default list (default dict $config.notify).webhooks -}}
{{- $place := dict "node" $hook "keys" $keys "path" (printf "notify.webhooks[%d]" $index) -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "name" "url" "key" (printf "notify-%s-url" $hook.name)) $place) -}}
{{- if eq $hook.kind "signed" -}}
{{- include "devin-idp-sync.fromFile" (merge (dict "name" "secret" "key" (printf "notify-%s-secret" $hook.name)) $place) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $_ := unset $config "server" -}}
{{- end -}}
{{- toYaml (dict "config" $config "keys" $keys) -}}
{{- end -}}

{{- define "devin-idp-sync.redisConfig" -}}
{{- $values := .root.Values.redis -}}
{{- $redis := .redis -}}
{{- if eq $values.mode "bundled" -}}
{{- range $key := list "url" "urlFile" "sentinel" "cluster" "username" -}}
{{- if hasKey $redis $key -}}
{{- fail (printf "config.redis.%s is about a Redis of yours: set redis.mode to external as well" $key) -}}
{{- end -}}
{{- end -}}
{{- if $values.external.tls.secret -}}
{{- fail "redis.external.tls is about a Redis of yours: set redis.mode to external as well" -}}
{{- end -}}
{{- $_ := set $redis "url" (printf "redis://%s:6379" (include "devin-idp-sync.redisName" .root)) -}}
{{- else if not (or $values.external.urlFromSecret $redis.url $redis.sentinel $redis.cluster) -}}
{{- fail "redis.mode is external, but nothing says where it is: set redis.external.urlFromSecret, or config.redis.url, config.redis.sentinel or config.redis.cluster" -}}
{{- end -}}
{{- if or (eq $values.mode "bundled") $values.external.passwordFromSecret -}}
{{- include "devin-idp-sync.fromFile" (dict "node" $redis "name" "password" "key" "redis-password" "keys" .keys "path" "redis") -}}
{{- end -}}
{{- if and (eq $values.mode "external") $values.external.sentinelPasswordFromSecret -}}
{{- if not $redis.sentinel -}}
{{- fail "redis.external.sentinelPasswordFromSecret is set, and config.redis names no sentinel" -}}
{{- end -}}
{{- include "devin-idp-sync.fromFile" (dict "node" $redis.sentinel "name" "password" "key" "redis-sentinel-password" "keys" .keys "path" "redis.sentinel") -}}
{{- end -}}
{{- if $values.external.tls.secret -}}
{{- $tls := default dict $redis.tls -}}
{{- $_ := set $tls "caFile" (printf "%s/ca.crt" (include "devin-idp-sync.redisTlsFolder" .)) -}}
{{- if $values.external.tls.clientCertificate -}}
{{- $_ := set $tls "certFile" (printf "%s/tls.crt" (include "devin-idp-sync.redisTlsFolder" .)) -}}
{{- $_ := set $tls "keyFile" (printf "%s/tls.key" (include "devin-idp-sync.redisTlsFolder" .)) -}}
{{- end -}}
{{- $_ := set $redis "tls" $tls -}}
{{- else if $values.external.tls.clientCertificate -}}
{{- fail "redis.external.tls.clientCertificate is set, and redis.external.tls.secret does not say where the certificate is" -}}
{{- end -}}
{{- if and (eq $values.mode "external") $values.external.urlFromSecret -}}
{{- include "devin-idp-sync.fromFile" (dict "node" $redis "name" "url" "key" "redis-url" "keys" .keys "path" "redis") -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.serverConfig" -}}
{{- $server := .server -}}
{{- $keys := .keys -}}
{{- $_ := set $server "listen" "0.0.0.0:8080" -}}
{{- range $index, $token := default list $server.tokens -}}
{{- include "devin-idp-sync.fromFile" (dict "node" $token "name" "token" "key" (printf "token-%s" $token.name) "keys" $keys "path" (printf "server.tokens[%d]" $index)) -}}
{{- end -}}
{{- with $server.oidc -}}
{{- include "devin-idp-sync.fromFile" (dict "node" . "name" "clientSecret" "key" "oidc-client-secret" "keys" $keys "path" "server.oidc") -}}
{{- end -}}
{{- with $server.hooks -}}
{{- if hasKey . "okta" -}}
{{- include "devin-idp-sync.fromFile" (dict "node" .okta "name" "secret" "key" "okta-hook-secret" "keys" $keys "path" "server.hooks.okta") -}}
{{- end -}}
{{- if hasKey . "entra" -}}
{{- include "devin-idp-sync.fromFile" (dict "node" .entra "name" "clientState" "key" "entra-client-state" "keys" $keys "path" "server.hooks.entra") -}}
{{- end -}}
{{- end -}}
{{- if or $server.tokenFile (not $server.tokens) -}}
{{- include "devin-idp-sync.fromFile" (dict "node" $server "name" "token" "key" "api-token" "keys" $keys "path" "server") -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.config" -}}
{{- toYaml (include "devin-idp-sync.assembled" . | fromYaml).config -}}
{{- end -}}

{{- /* Key in the Secret → the place in the configuration that needs it. */ -}}
{{- define "devin-idp-sync.secretKeys" -}}
{{- toYaml (include "devin-idp-sync.assembled" . | fromYaml).keys -}}
{{- end -}}

{{- /* The key with the password of the bundled Redis. */ -}}
{{- define "devin-idp-sync.redisPasswordKey" -}}
{{- base (include "devin-idp-sync.assembled" . | fromYaml).config.redis.passwordFile -}}
{{- end -}}
