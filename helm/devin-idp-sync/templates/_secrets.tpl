{{- /* Exactly one place that the secrets come from. */ -}}
{{- define "devin-idp-sync.checkSecrets" -}}
{{- $secret := .Values.secret -}}
{{- $ways := list -}}
{{- if $secret.existingSecret -}}{{- $ways = append $ways "secret.existingSecret" -}}{{- end -}}
{{- if $secret.externalSecret.enabled -}}{{- $ways = append $ways "secret.externalSecret.enabled" -}}{{- end -}}
{{- if $secret.csi.enabled -}}{{- $ways = append $ways "secret.csi.enabled" -}}{{- end -}}
{{- if eq (len $ways) 0 -}}
{{- fail "nothing says where the credentials are: set secret.existingSecret to the name of a Secret (or use secret.externalSecret or secret.csi)" -}}
{{- else if gt (len $ways) 1 -}}
{{- fail (printf "%s are given together: choose one" (join " and " $ways)) -}}
{{- end -}}
{{- if and $secret.csi.enabled (eq .Values.redis.mode "bundled") (not .Values.redis.bundled.passwordSecret) -}}
{{- fail "the bundled Redis reads its password from a Secret, and secret.csi makes none: set redis.bundled.passwordSecret, or use redis.mode external" -}}
{{- end -}}
{{- if $secret.externalSecret.enabled -}}
{{- range $key, $place := include "devin-idp-sync.ownKeys" . | fromYaml -}}
{{- if not (hasKey $secret.externalSecret.data $key) -}}
{{- fail (printf "secret.externalSecret.data has no %s, which config.%s needs" $key $place) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The keys without the one of a Redis password that stands in a Secret of its own. */ -}}
{{- define "devin-idp-sync.ownKeys" -}}
{{- $keys := include "devin-idp-sync.secretKeys" . | fromYaml -}}
{{- if include "devin-idp-sync.redisApart" . -}}
{{- $keys = omit $keys (include "devin-idp-sync.redisPasswordKey" .) -}}
{{- end -}}
{{- toYaml $keys -}}
{{- end -}}

{{- define "devin-idp-sync.redisApart" -}}
{{- if and (eq .Values.redis.mode "bundled") .Values.redis.bundled.passwordSecret -}}yes{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.secretName" -}}
{{- if .Values.secret.externalSecret.enabled -}}
{{- include "devin-idp-sync.fullname" . -}}
{{- else -}}
{{- .Values.secret.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.redisPasswordSecret" -}}
{{- default (include "devin-idp-sync.secretName" .) .Values.redis.bundled.passwordSecret -}}
{{- end -}}

{{- /* The volume with the files that the configuration names; only the keys that are needed are in it. */ -}}
{{- define "devin-idp-sync.secretVolume" -}}
{{- if .Values.secret.csi.enabled -}}
csi:
  driver: {{ .Values.secret.csi.driver }}
  readOnly: true
  volumeAttributes:
    secretProviderClass: {{ .Values.secret.csi.secretProviderClass }}
{{- else -}}
projected:
  defaultMode: 0440
  sources:
    - secret:
        name: {{ include "devin-idp-sync.secretName" . }}
        items:
          {{- range $key, $_ := include "devin-idp-sync.ownKeys" . | fromYaml }}
          - key: {{ $key }}
            path: {{ $key }}
          {{- end }}
    {{- if include "devin-idp-sync.redisApart" . }}
    - secret:
        name: {{ .Values.redis.bundled.passwordSecret }}
        items:
          {{- $key := include "devin-idp-sync.redisPasswordKey" . }}
          - key: {{ $key }}
            path: {{ $key }}
    {{- end }}
{{- end -}}
{{- end -}}
